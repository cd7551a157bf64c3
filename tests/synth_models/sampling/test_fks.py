"""Parents are chosen by score, within budgets, without forbidden repeats."""

import numpy as np
import torch

from synth_models.nn.linker import Linker
from synth_models.sampling.fks import Chooser


def chooser(budget: list[int], *, temp: float = 1.0, unique: bool = False) -> Chooser:
    torch.manual_seed(0)
    linker = Linker(4, 4, (8,), 3, [], [])
    vectors = torch.randn(len(budget), 4)
    generator = torch.Generator().manual_seed(0)
    return Chooser(linker, vectors, np.array(budget), temp, [], generator, unique=unique)


def test_budgets_are_kept_exactly() -> None:
    budget = [3, 0, 5, 1, 11]
    made = chooser(budget)
    with torch.no_grad():
        chosen = made.choose(made.linker.queries(torch.randn(20, 4)), [], torch.zeros(20, dtype=torch.long))
    assert torch.bincount(chosen, minlength=5).tolist() == budget


def test_more_rows_than_budget_all_get_a_parent() -> None:
    made = chooser([1, 1, 0])
    with torch.no_grad():
        chosen = made.choose(made.linker.queries(torch.randn(30, 4)), [], torch.zeros(30, dtype=torch.long))
    assert (chosen >= 0).all()
    assert not (chosen == 2).any()


def test_pairs_are_unique_where_they_must_be() -> None:
    made = chooser([9] * 6, unique=True)
    owners = torch.arange(36) % 9
    with torch.no_grad():
        chosen = made.choose(made.linker.queries(torch.randn(36, 4)), [], owners)
    pairs = set(zip(owners.tolist(), chosen.tolist(), strict=True))
    assert len(pairs) == 36


def test_without_parents_there_is_none() -> None:
    made = chooser([])
    queries = torch.randn(3, 3)
    assert made.choose(queries, [], torch.zeros(3, dtype=torch.long)).tolist() == [-1, -1, -1]


def test_temperature_sharpens_and_flattens() -> None:
    spread = []
    for temp in (0.1, 1.0, 10.0):
        made = chooser([1000] * 5, temp=temp)
        with torch.no_grad():
            query = made.linker.queries(torch.ones(1, 4)).expand(2000, -1)
            chosen = made.choose(query, [], torch.zeros(2000, dtype=torch.long))
        shares = torch.bincount(chosen, minlength=5) / 2000
        spread.append(float(shares.max()))
    assert spread[0] > spread[1] > spread[2]
