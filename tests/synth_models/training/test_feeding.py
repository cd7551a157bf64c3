"""Which families are learned from and which are measured, from one training to the next."""

import numpy as np
import torch

from synth_models import RelationalData
from synth_models.data.digests import places
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.testing import shop
from synth_models.training.feeding import Feed, PlacedRows


def held_out(data: RelationalData, seed: int) -> set[int]:
    """The users of the families that are measured."""
    blueprints = make_blueprints(data)
    learned = PlacedRows(encode_rows(data, blueprints), blueprints, torch.device("cpu"))
    found: set[int] = set()
    for group, units in Feed(learned, None, 1024, seed, places(data)).held_out():
        rows = group.members(units).get("users", np.zeros(0, dtype=int))
        found |= set(data["users"]["id"].to_numpy()[learned.rows["users"].source[rows]])
    return found


def test_a_tenth_is_held_out_and_stays_so_when_others_come() -> None:
    """Or going on would be measured by rows that were learned before."""
    data = shop(400)
    before, _ = data.split(0.9, seed=1)
    first, again = held_out(before, seed=0), held_out(data, seed=5)
    assert len(first) == len(before["users"]) // 10
    assert len(again) == 40
    learned_before = set(before["users"]["id"]) - first
    assert len(again & learned_before) <= 3  # a tenth of more families is not quite the same tenth
