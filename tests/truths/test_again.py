"""Parents that come again in a family: what customers buy again, they buy again, and as often."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import GraphSynth, MultiLevelSynth, RelationalData, Schema, load_model
from synth_models.graph.again import EARLIER, LAST, NEW, again, comes_again
from synth_models.graph.key_plan import KeyPlan, Match
from synth_models.graph.plan import make_blueprints
from synth_models.models.model import Model
from synth_models.sampling.again import settled

CUSTOMERS, ITEMS = 150, 40
SCHEMA = Schema.from_dict(
    {
        "tables": {
            "customers": {"primary_key": "id", "columns": {"id": "key", "age": "integer"}},
            "items": {"primary_key": "id", "columns": {"id": "key", "kind": "categorical"}},
            "buys": {
                "primary_key": "id",
                "columns": {"id": "key", "customer": "key", "item": "key", "quantity": "integer"},
                "foreign_keys": [
                    {"column": "customer", "parent": "customers"},
                    {"column": "item", "parent": "items", "nullable": True},
                ],
            },
        }
    }
)


def loyal() -> RelationalData:
    """Customers who mostly buy what they had before, and sometimes nothing that is known."""
    rng = np.random.default_rng(3)
    liked = rng.dirichlet(np.ones(ITEMS))
    rows: list[tuple[int, float]] = []
    for customer in range(CUSTOMERS):
        had: list[int] = []
        for _ in range(2 + rng.poisson(6)):
            again = had and rng.random() < len(had) / (len(had) + 1.5)
            had.append(int(rng.choice(had) if again else rng.choice(ITEMS, p=liked)))
            rows.append((customer, had[-1] if rng.random() > 0.05 else np.nan))
    buys = pd.DataFrame(rows, columns=["customer", "item"]).astype("Int64")
    buys.insert(0, "id", np.arange(len(buys)))
    ages = rng.integers(18, 80, CUSTOMERS)
    frames = {
        "customers": pd.DataFrame({"id": np.arange(CUSTOMERS), "age": ages}),
        "items": pd.DataFrame({"id": np.arange(ITEMS), "kind": rng.choice(list("abc"), ITEMS)}),
        "buys": buys.assign(quantity=rng.integers(1, 4, len(buys))),
    }
    return RelationalData(frames, SCHEMA)


def distinct(data: RelationalData) -> float:
    """Of the purchases of an item, the share that are a customer's first of it."""
    bought = data["buys"].dropna(subset="item")
    return 1 - bought.duplicated(["customer", "item"]).mean()


def degrees(data: RelationalData) -> pd.Series:
    return data["buys"]["item"].value_counts().reindex(data["items"]["id"], fill_value=0)


@pytest.mark.parametrize("model", [MultiLevelSynth, GraphSynth])
def test_what_comes_again_comes_as_often(model: type[Model], tmp_path: Path) -> None:
    data = loyal()
    assert distinct(data) < 0.45  # dealt out by chance, it is .8
    mine = model(SCHEMA)
    mine.train(data, n_epochs=3, tensorboard_dir=None, seed=0, device="cpu", progress=False)
    mine.save(tmp_path / "model.pt")
    sizes = {"customers": CUSTOMERS, "buys": len(data["buys"])}  # the items are kept
    made = load_model(tmp_path / "model.pt").sample(data, sizes, seed=0, device="cpu", progress=False)
    assert distinct(made) == pytest.approx(distinct(data), abs=0.02)
    assert (degrees(made) - degrees(data)).abs().sum() <= 0.04 * len(data["buys"])
    assert set(made["items"]["id"]) == set(data["items"]["id"])
    given = mine.sample(data, mode="original_fks", seed=0, device="cpu", progress=False)
    assert given["buys"]["item"].isna().equals(data["buys"]["item"].isna())
    assert distinct(given) == distinct(data)


def test_outcomes_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 9, 40)
    position = np.concatenate([np.arange(size) for size in sizes])
    links = rng.integers(-1, 4, len(position))
    found, had = [], []
    for link, place in zip(links.tolist(), position.tolist(), strict=True):
        had = had if place else []
        before = had[-1] if had else -1
        found.append(NEW if link < 0 or link not in had else LAST if link == before else EARLIER)
        had.append(link)
    assert again(links, position).tolist() == found
    assert set(found) == {NEW, LAST, EARLIER}


def test_chance_is_no_loyalty() -> None:
    rng = np.random.default_rng(0)
    family, everyone = np.repeat(np.arange(300), 8), np.zeros(2400, dtype=np.int64)
    by_chance = rng.integers(0, 30, 2400)
    loyal_ones = np.where(rng.random(2400) < 0.5, family % 30, by_chance)
    avoiding = np.concatenate([rng.permutation(30)[:8] for _ in range(300)])
    avoiding[1] = avoiding[0]
    assert not comes_again(family, by_chance, everyone)
    assert comes_again(family, loyal_ones, everyone)
    assert comes_again(family, avoiding, everyone)


def test_parents_pass_on_whole_groups() -> None:
    rng = np.random.default_rng(0)
    family = torch.arange(200).repeat_interleave(6)
    links = torch.from_numpy(rng.choice(20, (200, 3)).repeat(2, axis=1).reshape(-1))
    budget = torch.bincount(links, minlength=20)
    budget[:5] -= 12
    budget[5:10] += 12
    found = settled(links, family, budget, torch.Generator().manual_seed(0))
    moved = (torch.bincount(found, minlength=20) - budget).abs().sum()
    assert moved <= 6  # of 120
    groups = [torch.unique(family * 20 + each, return_counts=True)[1] for each in (links, found)]
    assert torch.equal(*[each.sort().values for each in groups])


def test_what_another_key_follows_from_is_not_passed_on() -> None:
    same = Match(("item",), ("maker",), 5.0, True)
    kind, maker = (KeyPlan(name, "any", 0.0, None, ()) for name in ("kind", "maker"))
    assert replace(kind, matches=(same,)).follows("item")
    assert replace(kind, source=("item", "kind")).follows("item")
    assert not kind.follows("item")
    assert not replace(maker, matches=(replace(same, exact=False),)).follows("item")


def test_a_parent_that_must_agree_with_the_row_is_chosen_for_each() -> None:
    """A purchase's depot is in the city of its shop: that of a sibling may be in another one."""
    rng = np.random.default_rng(0)
    cities, customers, n = 4, 100, 800
    owner = np.sort(rng.integers(0, customers, n))
    mine = np.where(rng.random(n) < 0.7, owner, rng.integers(0, customers, n))
    keys = {"customer": "customers", "shop": "shops", "depot": "depots"}
    one = {"primary_key": "id", "columns": {"id": "key"}}
    placed = {
        "primary_key": "id",
        "columns": {"id": "key", "city": "key"},
        "foreign_keys": [{"column": "city", "parent": "cities"}],
    }
    buys = {
        "primary_key": "id",
        "columns": {"id": "key", **dict.fromkeys(keys, "key")},
        "foreign_keys": [{"column": column, "parent": parent} for column, parent in keys.items()],
    }
    places = pd.DataFrame({"id": np.arange(20), "city": np.arange(20) % cities})
    frames = {
        "cities": pd.DataFrame({"id": np.arange(cities)}),
        "customers": pd.DataFrame({"id": np.arange(customers)}),
        "shops": places,
        "depots": places,
        "buys": pd.DataFrame(
            {"id": np.arange(n), "customer": owner, "shop": mine % 20, "depot": (mine + 4) % 20}
        ),
    }
    tables = {"cities": one, "customers": one, "shops": placed, "depots": placed, "buys": buys}
    first, second = make_blueprints(RelationalData(frames, Schema.from_dict({"tables": tables})))["buys"].keys
    assert [m.exact for m in second.matches if m.known == (first.column, "city")] == [True]
    assert (first.again, second.again) == (True, False)
    assert second.follows(first.column)


def test_who_may_not_be_is_no_siblings_either() -> None:
    """Nobody plays against themselves: a sibling's opponent may be whom this row is of."""
    never = Match(("home",), (), -20.0, False)
    assert replace(KeyPlan("away", "teams", 0.0, None, ()), matches=(never,)).follows("home")
    rng = np.random.default_rng(0)
    n, teams, days = 1200, 12, 100
    day = np.sort(rng.integers(0, days, n))
    home = np.where(rng.random(n) < 0.5, day % teams, rng.integers(0, teams, n))
    away = np.where(rng.random(n) < 0.5, (day + 5) % teams, (home + rng.integers(1, teams, n)) % teams)
    away = np.where(away == home, (home + 1) % teams, away)
    one = {"primary_key": "id", "columns": {"id": "key"}}
    games = {
        "primary_key": "id",
        "columns": dict.fromkeys(("id", "day", "home", "away"), "key"),
        "foreign_keys": [
            {"column": "day", "parent": "days"},
            {"column": "home", "parent": "teams"},
            {"column": "away", "parent": "teams"},
        ],
    }
    frames = {
        "days": pd.DataFrame({"id": np.arange(days)}),
        "teams": pd.DataFrame({"id": np.arange(teams)}),
        "games": pd.DataFrame({"id": np.arange(n), "day": day, "home": home, "away": away}),
    }
    schema = Schema.from_dict({"tables": {"days": one, "teams": one, "games": games}})
    data = RelationalData(frames, schema)
    first, second = make_blueprints(data)["games"].keys
    assert (first.again, second.again) == (True, False)
    model = MultiLevelSynth(schema)
    model.train(data, n_epochs=1, tensorboard_dir=None, seed=0, device="cpu", progress=False)
    made = model.sample(data, seed=0, device="cpu", progress=False)["games"]
    assert (made["home"] == made["away"]).mean() < 0.01
