"""What is sampled is what is learned."""

import likelihood
import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.sampling import held_shares, row
from synth_models.sampling.owed import Owed
from synth_models.sampling.plan import make_plan
from synth_models.sampling.sample import Sample
from synth_models.sampling.tables import make_table

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


def three_levels(n: int) -> RelationalData:
    """Three tables below each other, with columns of several tokens and without series."""
    rng = np.random.default_rng(0)
    shop_of = np.repeat(np.arange(n), rng.integers(0, 5, n))
    visit_of = np.repeat(np.arange(len(shop_of)), rng.integers(0, 4, len(shop_of)))
    schema = Schema(
        {
            "shops": Table({"id": "key", "size": "categorical"}, "id"),
            "visits": Table({"id": "key", "shop": "key", "kind": "categorical"}, "id", {"shop": "shops"}),
            "buys": Table({"visit": "key", "price": "numeric", "n": "integer"}, None, {"visit": "visits"}),
        }
    )
    kinds = np.array(["a", "b", "c"])
    usual = kinds[shop_of % 3]  # families differ: there are profiles
    frames = {
        "shops": pd.DataFrame({"id": range(n), "size": rng.choice(kinds, n)}),
        "visits": pd.DataFrame(
            {
                "id": range(len(shop_of)),
                "shop": shop_of,
                "kind": np.where(rng.random(len(shop_of)) < 0.7, usual, "a"),
            }
        ),
        "buys": pd.DataFrame(
            {
                "visit": visit_of,
                "price": rng.lognormal(3, 1, len(visit_of)).round(2),
                "n": rng.integers(1, 9, len(visit_of)),
            }
        ),
    }
    return RelationalData(frames, schema)


@pytest.mark.parametrize("history", ["prefix", "gru", "attention"])
def test_rows_are_drawn_with_the_likelihood_they_are_trained_with(
    history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, sibling by sibling, table by table: the sampler's probabilities are the trainer's."""
    data = three_levels(120)
    model = MultiLevelSynth(data.schema, history=history)
    model.train(data, 3, lr=5e-3, **QUIET)
    told: list[float] = []
    draw = row.draw

    def listen(logits: Tensor, generator: torch.Generator, **how: bool) -> Tensor:
        drawn = draw(logits, generator, **how)
        told.append(float(torch.log_softmax(logits, 1).gather(1, drawn[:, None]).sum()))
        return drawn

    monkeypatch.setattr(row, "draw", listen)
    # that as many roots are childless as in the data goes before what is learned
    monkeypatch.setattr(held_shares, "first_in_share", lambda logits, _: logits)
    owed: dict[str, Tensor] = {}
    before = Owed.before

    def remember(self: Owed, rows: Tensor) -> Tensor:
        found, table = before(self, rows), self._table
        mine = owed.setdefault(self._blueprint.name, torch.zeros(len(table), *found.shape[1:]))
        mine[rows] = found
        return found

    monkeypatch.setattr(Owed, "before", remember)
    assert model._networks.blueprints["visits"].steered
    sizes = {name: 3 * rows for name, rows in data.n_rows.items()}
    run = Sample(
        model._networks.encoder.eval(),
        model._networks.decoder.eval(),
        model._networks.blueprints,
        data.schema,
        make_plan(data.schema, sizes, None, None, "sample_fks"),
        original={},
        temp=1.0,
        seed=3,
        device=torch.device("cpu"),
        batch_rows=1000,
        advance=lambda rows: None,
    )
    with torch.inference_mode():
        for name in data.schema.tables:
            make_table(run, name)
    rows = {name: table.block for name, table in run.tables.items()}
    for name, block in rows.items():
        object.__setattr__(block, "learn", torch.ones_like(block.tokens, dtype=torch.bool))
        object.__setattr__(block, "owed", owed[name])
    latents = {name: table.latents for name, table in run.tables.items()}
    forced = likelihood.table_nll(model, rows, latents)
    assert sum(forced.values()) == pytest.approx(-sum(told), rel=1e-5)
