"""How far data have moved, column by column."""

import numpy as np
import pytest

from synth_models import MultiLevelSynth, RelationalData, load_model
from synth_models.errors import NotTrainedError
from synth_models.testing import shop


@pytest.fixture(scope="module")
def model() -> MultiLevelSynth:
    data = shop(800).split(0.5)[0]
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False, device="cpu")
    return model


def moved() -> RelationalData:
    """Users are older, countries are others, and half of the orders have lost their items."""
    data = shop(800).split(0.5)[1]
    frames = {name: frame.copy() for name, frame in data.items()}
    frames["users"]["age"] = frames["users"]["age"] + 30
    frames["users"]["country"] = "Elsewhere"
    lost = frames["orders"]["id"][::2]
    frames["items"] = frames["items"][~frames["items"]["order"].isin(lost)]
    return RelationalData(frames, data.schema)


def test_the_same_data_have_not_moved(model: MultiLevelSynth) -> None:
    assert all(
        value == 0 for columns in model.drift(shop(800).split(0.5)[0]).values() for value in columns.values()
    )


def test_chance_is_no_drift(model: MultiLevelSynth) -> None:
    apart = [v for columns in model.drift(shop(800).split(0.5)[1]).values() for v in columns.values()]
    assert np.mean(apart) < 0.03
    assert max(apart) < 0.15


def test_what_has_moved_is_told_by_column(model: MultiLevelSynth) -> None:
    found = model.drift(moved())
    assert found["users"]["age"] > 0.4
    assert found["users"]["country"] > 0.9
    assert found["orders"]["children in items.order"] > 0.3
    assert found["users"]["premium"] < 0.1


def test_the_marginals_are_in_the_checkpoint(model: MultiLevelSynth, tmp_path) -> None:
    model.save(tmp_path / "model.pt")
    assert load_model(tmp_path / "model.pt", "cpu").drift(moved()) == model.drift(moved())


def test_without_training_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(NotTrainedError, match="compare"):
        MultiLevelSynth(shop(10).schema).drift(shop(10))
