"""Every documented signature: names in their order, and defaults."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synth_models import GraphSynth, MultiLevelSynth, load_model
from synth_models.models.model import Model

REQUIRED = inspect.Parameter.empty
NETWORKS = {"schema": REQUIRED, "hidden_units": (32, 32)}
LINKS = {"d_link": 10, "temp": 1.0, "hidden_units_fks": (128,)}
DOCUMENTED: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "Model": (
        Model.__init__,
        {"encoder": REQUIRED, "decoder": REQUIRED, "sampler": REQUIRED, "trainer": None, "dz": None},
    ),
    "Model.reset": (Model.reset, {}),
    "Model.train": (
        Model.train,
        {
            "train_data": REQUIRED,
            "n_epochs": REQUIRED,
            "batch_size": 1024,
            "lr": 1e-3,
            "beta": 1.0,
            "optimizer": "Adam",
            "optimizer_params": None,
            "reset": False,
            "valid_data": None,
            "tensorboard_dir": "logs",
            "device": None,
        },
    ),
    "Model.sample": (
        Model.sample,
        {"original_data": None, "n_samples": None, "mode": "sample_fks", "device": None},
    ),
    "Model.report": (Model.report, {"original_data": REQUIRED, "out_dir": REQUIRED, "device": None}),
    "Model.save": (Model.save, {"ckpt_path": Path("out/model.pt")}),
    "load_model": (load_model, {"ckpt_path": Path("out/model.pt"), "device": None}),
    "MultiLevelSynth": (
        MultiLevelSynth.__init__,
        {**NETWORKS, "aggregator": "add_attention", "d_latent": 8, **LINKS},
    ),
    "GraphSynth": (
        GraphSynth.__init__,
        {
            **NETWORKS,
            "messenger": "graph_conv",
            "aggregator": "mean",
            "updater": "gru",
            "n_graph_layers": 3,
            "d": 32,
            "d_latent": 8,
            **LINKS,
        },
    ),
}
MORE = {
    "Model.train": {"seed", "min_count", "progress", "on_epoch", "unfinished"},
    "Model.sample": {"seed", "batch_rows", "progress"},
    "MultiLevelSynth": {"history"},
    "GraphSynth": {"history"},
}
"""What we add, by keyword only."""


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_parameters_have_their_names_their_order_and_their_defaults(name: str) -> None:
    call, documented = DOCUMENTED[name]
    parameters = [p for p in inspect.signature(call).parameters.values() if p.name != "self"]
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in positional[: len(documented)]] == list(documented)
    for parameter in positional[: len(documented)]:
        wanted = documented[parameter.name]
        # a parameter that must be given there may be left out here
        assert wanted is REQUIRED or parameter.default == wanted, parameter.name
    more = {p.name: p for p in parameters if p.name not in documented}
    assert MORE.get(name, set()) <= {n for n, p in more.items() if p.kind is p.KEYWORD_ONLY}
    assert all(p.default is not REQUIRED for p in more.values())
    assert all(p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in parameters)


def test_the_device_is_a_property() -> None:
    assert isinstance(inspect.getattr_static(Model, "device"), property)
