"""The model of docs/extending.md is one, and is like the library's own."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch

from synth_models import RelationalData, load_model
from synth_models.models.model import MODELS
from synth_models.nn.history import HISTORIES
from synth_models.testing import shop

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"
QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


@pytest.fixture(scope="module")
def flavour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The page's file, imported as a user would; taken out of the registries afterwards."""
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    path = tmp_path_factory.mktemp("flavour") / "markov.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("markov", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["markov"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["markov"]
    for registry, name in ((MODELS, "markov"), (HISTORIES, "last")):
        registry._classes.pop(name)


def test_it_trains_samples_and_comes_back(flavour: ModuleType, tmp_path: Path) -> None:
    data = shop(120)
    model = flavour.MarkovSynth(data.schema)
    model.train(data, 3, **QUIET)
    losses = [record.train_loss for record in model.history]
    assert losses[-1] < losses[0]
    made = model.sample(progress=False)
    assert isinstance(made, RelationalData)
    assert made.n_rows == data.n_rows
    model.save(tmp_path / "markov.pt")
    again = load_model(tmp_path / "markov.pt")
    assert type(again) is flavour.MarkovSynth
    assert all(again.sample(progress=False)[name].equals(made[name]) for name in made)
    again.train(data, 1, **QUIET)
    assert len(again.history) == 4


def test_sampling_tells_rows_what_training_does(flavour: ModuleType) -> None:
    torch.manual_seed(0)
    net = flavour.LastSibling(4, 6, 0.0).eval()
    vectors, position = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    siblings = torch.tensor([3, 3, 3, 2, 2])
    at_once = net(vectors, position, siblings)
    state, families = net.begin(2, torch.device("cpu")), torch.tensor([[0, 3], [1, 4], [2, -1]])
    for rows in families:
        there = rows[rows >= 0]
        torch.testing.assert_close(net.step(state, len(there), siblings[there]), at_once[there])
        net.push(state, vectors[there])
