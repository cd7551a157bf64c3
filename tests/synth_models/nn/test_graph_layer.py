"""Messages over keys: what a row may know, and that a batch of families knows what the whole graph does."""

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import RelationalData, Schema, Table
from synth_models.choices import GraphAggTypes, GraphMsgTypes, GraphUpdtTypes
from synth_models.graph.batch import Batch, families, make_batch
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.graph.rows import Rows
from synth_models.nn.graph_decoder import GraphDecoder
from synth_models.nn.graph_encoder import GraphEncoder
from synth_models.nn.graph_settings import GraphSettings
from synth_models.nn.history import place_waves
from synth_models.nn.settings import NetSettings


def firms(n: int = 40, seed: int = 0) -> RelationalData:
    """Firms with teams and projects of their own; work joins a team and a project of one firm, and a tool."""
    rng = np.random.default_rng(seed)
    team, project = np.repeat(np.arange(n), 2), np.repeat(np.arange(n), rng.integers(1, 4, n))
    of = rng.integers(0, 2 * n, 8 * n)
    own = [rng.choice(np.flatnonzero(project == f)) for f in team[of]]
    frames = {
        "firms": pd.DataFrame({"id": range(n), "size": rng.integers(0, 4, n)}),
        "tools": pd.DataFrame({"id": range(9), "kind": rng.choice(["a", "b"], 9)}),
        "teams": pd.DataFrame({"id": range(2 * n), "firm": team, "skill": rng.integers(0, 4, 2 * n)}),
        "projects": pd.DataFrame(
            {"id": range(len(project)), "firm": project, "risk": rng.integers(0, 4, len(project))}
        ),
        "work": pd.DataFrame(
            {
                "team": of,
                "project": own,
                "tool": rng.integers(0, 9, 8 * n),
                "hours": rng.integers(0, 9, 8 * n),
            }
        ),
    }
    key = {"id": "key", "firm": "key"}
    schema = Schema(
        {
            "firms": Table({"id": "key", "size": "integer"}, "id"),
            "tools": Table({"id": "key", "kind": "categorical"}, "id"),
            "teams": Table({**key, "skill": "integer"}, "id", {"firm": "firms"}),
            "projects": Table({**key, "risk": "integer"}, "id", {"firm": "firms"}),
            "work": Table(
                {"team": "key", "project": "key", "tool": "key", "hours": "integer"},
                None,
                {"team": "teams", "project": "projects", "tool": "tools"},
            ),
        }
    )
    return RelationalData(frames, schema)


class Nets:
    """Untrained networks over the firms, and their rows."""

    def __init__(self, **options: object) -> None:
        data = firms()
        self.blueprints = make_blueprints(data)
        self.rows = encode_rows(data, self.blueprints)
        torch.manual_seed(0)
        settings = GraphSettings(**options)
        self.encoder = GraphEncoder(data.schema, NetSettings(), settings)
        self.decoder = GraphDecoder(NetSettings(), settings)
        for part in (self.encoder, self.decoder):
            part.build(self.blueprints)
            part.eval()

    def batch(self, units: np.ndarray | None = None) -> Batch:
        group = next(f for f in families(self.rows, self.blueprints) if f.root == "firms")
        members = group.members(np.arange(group.units) if units is None else units)
        return make_batch(members, self.rows, self.blueprints)

    def states(self, batch: Batch) -> dict[str, torch.Tensor]:
        return self.encoder.surroundings(batch, self.encoder.structure_view.rows(self.rows)).states

    def contexts(self, rows: Rows, batch: Batch) -> dict[str, torch.Tensor]:
        around = self.encoder.surroundings(batch, self.encoder.structure_view.rows(rows))
        vectors, _ = self.encoder.attributes.vectors(
            batch, self.encoder.attribute_view.rows(rows), self.encoder.described(around.own)
        )
        return {name: self.decoder.further(name, around, vectors) for name in self.decoder.drawn}


def test_what_is_within_a_family_and_what_is_not() -> None:
    nets = Nets()
    local = {(e.child, e.column): e.local for e in nets.encoder.edges}
    assert local == {
        ("teams", "firm"): True,
        ("projects", "firm"): True,
        ("work", "team"): True,
        ("work", "project"): True,
        ("work", "tool"): False,
    }
    assert nets.decoder.drawn == ["firms", "teams", "projects", "work"]  # tools belong to the structure
    assert nets.decoder.flow.below == {"firms": [], "teams": [], "projects": ["work"], "work": []}


@pytest.mark.parametrize("aggregator", list(GraphAggTypes))
def test_a_batch_of_families_knows_what_the_whole_graph_knows(aggregator: GraphAggTypes) -> None:
    nets = Nets(aggregator=aggregator)
    whole, units = nets.batch(), np.array([3, 7, 8, 20])
    part = nets.batch(units)
    everything, some = nets.states(whole), nets.states(part)
    for name, states in some.items():
        mine = torch.searchsorted(whole.rows[name], part.rows[name][part.tree[name]])
        torch.testing.assert_close(states, everything[name][mine], rtol=1e-4, atol=1e-5)


def reaches(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def changed(nets: Nets, table: str, column: str) -> Rows:
    """The rows with other values in one column."""
    rows, tokens = dict(nets.rows), nets.rows[table].tokens.clone()
    (at,) = nets.blueprints[table].token_at("column", column)
    tokens[:, at] = tokens[torch.randperm(len(tokens)), at]
    rows[table] = type(rows[table])(**{**vars(rows[table]), "tokens": tokens})
    return rows


@pytest.mark.parametrize(
    ("table", "column", "heard"),
    [
        ("firms", "size", {"teams", "projects", "work"}),  # drawn first: all below may know it
        ("teams", "skill", {"projects", "work"}),  # projects hear of teams through their work
        ("projects", "risk", {"work"}),  # but not the other way round
        ("work", "hours", set()),  # drawn last: nobody, nor itself
        ("tools", "kind", {"firms", "teams", "projects", "work"}),  # part of the structure
    ],
)
def test_attributes_reach_only_what_is_drawn_later(table: str, column: str, heard: set[str]) -> None:
    nets = Nets()
    batch = nets.batch()
    found = reaches(nets.contexts(nets.rows, batch), nets.contexts(changed(nets, table, column), batch))
    assert found == heard


def test_rows_see_as_many_keys_away_as_there_are_layers() -> None:
    """Whose work has which tool: a firm is two keys away from its work."""
    for layers, sees in ((0, False), (1, False), (2, True)):
        nets = Nets(n_graph_layers=layers)
        batch, rows = nets.batch(), dict(nets.rows)
        before = nets.states(batch)["firms"]
        work = rows["work"]
        rows["work"] = type(work)(**{**vars(work), "position": work.position.flip(0)})
        nets.rows = rows
        assert torch.equal(before, nets.states(batch)["firms"]) != sees


@pytest.mark.parametrize(
    "option",
    [
        *({"messenger": m} for m in GraphMsgTypes),
        *({"aggregator": a} for a in GraphAggTypes),
        *({"updater": u} for u in GraphUpdtTypes),
    ],
)
def test_every_option_learns_with_all_its_parameters(option: dict[str, str]) -> None:
    nets = Nets(**option)
    contexts = nets.contexts(nets.rows, nets.batch())
    torch.stack([c.pow(2).mean() for c in contexts.values()]).sum().backward()
    parts = {"layers": nets.encoder.layers, "flow": nets.decoder.flow}
    without = [
        f"{part}.{name}"
        for part, net in parts.items()
        for name, p in net.named_parameters()
        if p.grad is None or not p.grad.abs().sum() > 0
    ]
    assert not without


def test_products_of_places_tell_how_far_apart_they_are() -> None:
    waves = place_waves(torch.arange(200))
    products = waves @ waves.T
    apart = torch.stack([products.diagonal(k).std() for k in range(100)])
    assert apart.max() < 1e-3
    assert products.diagonal(0).min() > products.diagonal(1).max() > products.diagonal(3).max()
