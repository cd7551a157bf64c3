"""The order of rows that means nothing changes nothing."""

import likelihood
import numpy as np
import pytest
import torch

from synth_models import MultiLevelSynth, RelationalData
from synth_models.graph.batch import make_batch
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.testing import shop

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


def shuffled(data: RelationalData, *tables: str) -> RelationalData:
    frames = {
        name: frame.sample(frac=1, random_state=7).reset_index(drop=True) if name in tables else frame
        for name, frame in data.items()
    }
    return RelationalData(frames, data.schema)


@pytest.fixture(scope="module")
def model() -> MultiLevelSynth:
    data = shop(80)
    made = MultiLevelSynth(data.schema)
    made.train(data, 2, **QUIET)
    return made


def test_the_order_of_the_rows_of_a_data_frame_does_not_matter(model: MultiLevelSynth) -> None:
    """Orders have a time, so their order is theirs; users and products have none."""
    data = shop(80)
    before = likelihood.nll(model, data)
    after = likelihood.nll(model, shuffled(data, "users", "products", "orders"))
    for name, value in before.items():
        assert after[name] == pytest.approx(value, rel=1e-5), name


def test_what_is_decided_before_training_does_not_depend_on_it_either() -> None:
    data = shop(80)
    plans = [make_blueprints(d) for d in (data, shuffled(data, "users", "products"))]
    for name in data:
        one, other = (p[name] for p in plans)
        assert (one.family, one.order, one.keys) == (other.family, other.order, other.keys)
        for a, b in zip(one.tokens, other.tokens, strict=True):
            assert (a.kind, a.name, a.size) == (b.kind, b.name, b.size)
            assert np.array_equal(a.allowed, b.allowed)


@pytest.mark.parametrize("aggregator", ["leaf", "gaussian", "add_attention"])
def test_a_family_is_summarised_whatever_the_order_of_its_children(aggregator: str) -> None:
    """Items of an order have no order: what their order and its user are told of them is a set's."""
    data = shop(80)
    model = MultiLevelSynth(data.schema, aggregator=aggregator)
    blueprints = make_blueprints(data)
    assert blueprints["items"].order == ()
    torch.manual_seed(0)
    model._networks.encoder.build(blueprints)
    model._networks.encoder.eval()
    told = []
    for given in (data, shuffled(data, "items")):
        rows = encode_rows(given, blueprints)
        everyone = {name: np.arange(len(block)) for name, block in rows.items()}
        batch = make_batch(everyone, rows, blueprints)
        with torch.no_grad():
            told.append(
                model._networks.encoder.summaries(batch, model._networks.encoder.vectors(batch, rows)[0])
            )
    for name in ("users", "orders"):
        torch.testing.assert_close(told[0][name], told[1][name], atol=1e-5, rtol=1e-4)
