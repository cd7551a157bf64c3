"""Parents are chosen with the probabilities that follow from their scores and budgets."""

from collections import Counter
from collections.abc import Sequence
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.nn.linker import Linker
from synth_models.sampling import shards
from synth_models.sampling.fks import Chooser

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


def linker() -> tuple[Linker, torch.Tensor, torch.Tensor]:
    torch.manual_seed(3)
    net = Linker(4, 4, (8,), 3, [], [])
    with torch.no_grad():
        for part in (net.query_net, net.key_net):
            part[-1].weight *= 6.0
    return net, torch.randn(4, 4), torch.randn(4, 4)


def enumerated(scores: np.ndarray, budget: tuple[int, ...]) -> dict[tuple[int, ...], float]:
    """The probability of every assignment of four children.

    All who wait draw at once in proportion to exp(score) and to the budget left; in a random order each gets
    what it drew if there is any left of it; the others draw again.
    """
    found: Counter[tuple[int, ...]] = Counter()
    states = Counter({((-1,) * 4, budget): 1.0})
    while states:
        (assigned, left), weight = states.popitem()
        waiting = [child for child in range(4) if assigned[child] < 0]
        if not waiting:
            found[assigned] += weight
            continue
        chance = np.exp(scores[waiting]) * np.array(left)
        chance /= chance.sum(1, keepdims=True)
        for drawn in product(range(4), repeat=len(waiting)):
            p = float(np.prod([chance[i, j] for i, j in enumerate(drawn)]))
            turns = list(permutations(zip(waiting, drawn, strict=True))) if p else []
            for turn in turns:
                states[accepted(assigned, left, turn)] += weight * p / len(turns)
    return dict(found)


def accepted(
    assigned: tuple[int, ...], left: tuple[int, ...], turn: Sequence[tuple[int, int]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What is assigned and left after these (child, parent) had their turn."""
    got, rest = list(assigned), list(left)
    for child, parent in turn:
        if rest[parent]:
            got[child] = parent
            rest[parent] -= 1
    return tuple(got), tuple(rest)


@pytest.mark.parametrize("budget", [(1, 1, 1, 1), (2, 1, 1, 0)])
def test_assignments_come_as_often_as_enumeration_says(budget: tuple[int, ...]) -> None:
    net, children, parents = linker()
    with torch.inference_mode():
        queries, keys = net.queries(children), net.keys(parents)
        expected = enumerated(net.scores(queries, keys, [], []).double().numpy(), budget)
        assert sum(expected.values()) == pytest.approx(1.0)
        owners, generator = torch.zeros(4, dtype=torch.long), torch.Generator().manual_seed(0)
        whole, drawn = Chooser(net, parents, np.array(budget), 1.0, [], generator), Counter()
        cards = np.repeat(np.arange(4), budget)
        times = 3000
        for _ in range(times):
            chooser = whole.with_share(cards, generator)
            drawn[tuple(chooser.choose(queries, [], owners).tolist())] += 1
    assert set(drawn) <= set(expected)
    chi_square = sum((drawn[a] - times * p) ** 2 / (times * p) for a, p in expected.items())
    degrees = len(expected) - 1
    assert chi_square < degrees + 4 * (2 * degrees) ** 0.5
    assert max(expected.values()) > 1.25 / len(expected)  # the scores do tell


def test_budgets_are_dealt_out_whole() -> None:
    rng = np.random.default_rng(0)
    budget = rng.integers(0, 9, 50)
    dealt = shards.deal(budget, [10, 0, 30, 60], rng)
    assert sum(np.bincount(cards, minlength=50) for cards in dealt).tolist() == budget.tolist()
    shares = np.array([len(cards) for cards in dealt]) / budget.sum()
    assert np.abs(shares - [0.1, 0.0, 0.3, 0.6]).max() < 0.02


def test_degrees_are_exact_in_every_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thing is had by exactly two owners; the owners come in several shards."""
    monkeypatch.setattr(shards, "SHARD", 32)
    rng = np.random.default_rng(1)
    schema = Schema(
        {
            "owners": Table({"id": "key", "kind": "categorical"}, "id"),
            "things": Table({"id": "key", "kind": "categorical"}, "id"),
            "haves": Table({"owner": "key", "thing": "key"}, None, {"owner": "owners", "thing": "things"}),
        }
    )
    kinds = np.array(["x", "y"])
    frames = {
        "owners": pd.DataFrame({"id": range(200), "kind": rng.choice(kinds, 200)}),
        "things": pd.DataFrame({"id": range(100), "kind": rng.choice(kinds, 100)}),
        "haves": pd.DataFrame(
            {"owner": rng.permutation(200), "thing": rng.permutation(np.repeat(np.arange(100), 2))}
        ),
    }
    data = RelationalData(frames, schema)
    model = MultiLevelSynth(schema)
    model.train(data, 1, **QUIET)
    made = model.sample(progress=False)
    for column, parent in (("owner", "owners"), ("thing", "things")):
        degrees = np.bincount(made.links["haves", column], minlength=len(made[parent]))
        real = np.bincount(data.links["haves", column], minlength=len(data[parent]))
        assert np.array_equal(np.sort(degrees), np.sort(real)), column
