"""Two keys that meet: as many edges end in a family as begin there, and none ends where none should."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_models import GraphSynth, MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.graph.views import attribute_view, structure_view
from synth_models.sampling import parents
from synth_models.sampling.counts import fit_groups

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


@pytest.fixture(scope="module")
def circuits() -> RelationalData:
    """200 circuits of sources, from which two wires go, and of lamps, in each of which one ends."""
    rng = np.random.default_rng(0)
    parts, wires = [], []
    for circuit in range(200):
        sources = int(rng.integers(2, 9))
        kinds = rng.permutation(["source"] * sources + ["lamp"] * 2 * sources).tolist()
        first = len(parts)
        parts += [(first + at, circuit, kind) for at, kind in enumerate(kinds)]
        begin = [part for part, _, kind in parts[first:] if kind == "source" for _ in range(2)]
        wires += zip(
            begin, rng.permutation([p for p, _, kind in parts[first:] if kind == "lamp"]), strict=True
        )
    schema = Schema(
        {
            "circuits": Table({"id": "key"}, "id"),
            "parts": Table(
                {"id": "key", "circuit": "key", "kind": "categorical"}, "id", {"circuit": "circuits"}
            ),
            "wires": Table({"begin": "key", "end": "key"}, None, {"begin": "parts", "end": "parts"}),
        }
    )
    frames = {
        "circuits": pd.DataFrame({"id": range(200)}),
        "parts": pd.DataFrame(parts, columns=["id", "circuit", "kind"]),
        "wires": pd.DataFrame(wires, columns=["begin", "end"]),
    }
    return RelationalData(frames, schema)


def test_a_balance_is_found(circuits: RelationalData) -> None:
    (balance,) = make_blueprints(circuits)["parts"].balances
    assert balance.names() == ("wires.begin", "wires.end")


@pytest.fixture(scope="module")
def model(circuits: RelationalData) -> MultiLevelSynth:
    model = MultiLevelSynth(circuits.schema)
    model.train(circuits, n_epochs=20, **QUIET)
    return model


@pytest.fixture(scope="module")
def made(model: MultiLevelSynth) -> RelationalData:
    return model.sample(progress=False, seed=1)


def test_as_many_wires_are_to_end_in_a_circuit_as_begin_there(
    model: MultiLevelSynth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any is drawn."""
    seen: list[tuple[np.ndarray, ...]] = []

    def listen(counts: np.ndarray, wanted: np.ndarray, group: np.ndarray, *rest: Any) -> np.ndarray:
        fitted = fit_groups(counts, wanted, group, *rest)
        seen.append(tuple(np.bincount(group, numbers) for numbers in (wanted, counts, fitted)))
        return fitted

    monkeypatch.setattr(parents, "fit_groups", listen)
    model.sample(progress=False, seed=1)
    ((begin, drawn, end),) = seen
    assert begin.sum() > 0
    assert (begin == drawn).mean() > 0.9  # those that did not balance were drawn again
    assert (begin == end).all()


def test_wires_stay_in_their_circuits(made: RelationalData) -> None:
    circuit = made["parts"].set_index("id")["circuit"]
    assert (circuit.loc[made["wires"]["begin"]].array == circuit.loc[made["wires"]["end"]].array).all()


def test_one_wire_ends_in_every_lamp(made: RelationalData) -> None:
    parts = made["parts"].set_index("id")
    ending = parts.assign(ending=made["wires"]["end"].value_counts()).fillna({"ending": 0})
    lamps = ending.loc[ending["kind"] == "lamp", "ending"]
    assert (lamps == 1).mean() > 0.95


def test_attributes_drawn_to_a_structure_have_no_balances_left(circuits: RelationalData) -> None:
    blueprints = make_blueprints(circuits)
    rows = encode_rows(circuits, blueprints)
    for view in (structure_view(blueprints), attribute_view(blueprints)):
        assert not view.blueprints["parts"].balances
        assert view.rows(rows)["parts"].owed.shape[1] == view.blueprints["parts"].steers


def test_a_draft_draws_balanced_circuits(circuits: RelationalData) -> None:
    model = GraphSynth(circuits.schema)
    model.train(circuits, n_epochs=2, **QUIET)
    made = model.sample(progress=False, seed=1)
    circuit = made["parts"].set_index("id")["circuit"]
    ends = [circuit.loc[made["wires"][key]].array for key in ("begin", "end")]
    assert len(ends[0]) == len(circuits["wires"])
    assert (ends[0] == ends[1]).mean() > 0.95
