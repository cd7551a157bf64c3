"""What is new and what is replayed: by whole families, the same for the same seed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import RelationalData
from synth_models.data.digests import family_digests, key_digests, shares
from synth_models.data.replay import families_of, replay
from synth_models.data.skeleton import Skeleton
from synth_models.data.topology import family_keys
from synth_models.testing import shop

Bare = Callable[[RelationalData], Skeleton]


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    """Data by their keys and digests, each in a folder of its own."""

    def written(data: RelationalData) -> Skeleton:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        data.to_dir(folder, format="parquet")
        return Skeleton.read(folder, family_keys(data))

    return written


def old_part(data: RelationalData, users: int) -> RelationalData:
    keep = {"users": np.arange(len(data["users"])) < users}
    keep["orders"] = data["orders"]["user"].isin(data["users"]["id"][keep["users"]]).to_numpy()
    keep["items"] = data["items"]["order"].isin(data["orders"]["id"][keep["orders"]]).to_numpy()
    return data.take(keep)


def test_families_that_came_or_changed_are_new(bare: Bare) -> None:
    data = shop(220)
    seen = families_of(bare(old_part(data, 200)))
    frames = {name: frame.copy() for name, frame in data.items()}
    user = frames["orders"]["user"].iloc[0]
    order = frames["orders"]["id"].iloc[0]
    frames["items"].loc[frames["items"]["order"] == order, "quantity"] += 1
    changed = RelationalData(frames, data.schema)
    found = replay(bare(changed), seen, 0.0, seed=0)
    chosen = found.chosen.load()
    newest = set(data["users"]["id"][200:]) | {user}
    has_items = bool((frames["items"]["order"] == order).any())
    assert set(chosen["users"]["id"]) == (newest if has_items else newest - {user})
    assert has_items
    assert (found.new, found.replayed, found.left_out) == (len(newest), 0, 220 - len(newest))
    assert set(chosen["orders"]["user"]) <= newest
    assert len(chosen["products"]) == len(data["products"])


def test_a_share_of_the_others_is_replayed(bare: Bare) -> None:
    data = bare(shop(400))
    seen = families_of(data)
    first, again, other = (replay(data, seen, 0.3, seed=s) for s in (1, 1, 2))
    assert first.new == 0
    assert first.replayed == pytest.approx(120, abs=40)
    assert first.replayed + first.left_out == 400
    users, same, others = (found.chosen.load()["users"] for found in (first, again, other))
    assert users.equals(same)
    assert not users.equals(others)
    assert replay(data, seen, 1.0, seed=0).left_out == 0


def test_digests_do_not_depend_on_the_order_of_the_rows(bare: Bare) -> None:
    data = shop(50)
    shuffled = RelationalData(
        {name: frame.sample(frac=1, random_state=0) for name, frame in data.items()}, data.schema
    )
    one, other = bare(data), bare(shuffled)
    for name, digests in families_of(one).items():
        assert np.array_equal(digests, families_of(other)[name])
    assert len(np.unique(family_digests(one.keys, one.families)["users"])) == 50


def test_shares_are_even_and_depend_on_the_seed() -> None:
    digests = np.arange(20_000, dtype=np.uint64)
    place = shares(digests, 3)
    assert np.histogram(place, 10, (0, 1))[0] == pytest.approx(2000, abs=200)
    assert not np.array_equal(place, shares(digests, 4))


def test_a_side_that_the_key_decides_stays_whatever_else_comes() -> None:
    data = shop(300)
    before, _ = old_part(data, 200).split(0.8, seed=1, by_key=True)
    after, held_out = data.split(0.8, seed=1, by_key=True)
    assert set(before["users"]["id"]) <= set(after["users"]["id"])
    assert len(after["users"]) == pytest.approx(240, abs=30)
    assert not set(after["users"]["id"]) & set(held_out["users"]["id"])
    assert not after["users"].equals(data.split(0.8, seed=2, by_key=True)[0]["users"])


def test_by_key_either_side_has_a_family() -> None:
    data = shop(2)
    assert [len(part["users"]) for part in data.split(0.99, seed=0, by_key=True)] == [1, 1]


def test_without_a_primary_key_the_row_decides() -> None:
    from synth_models import Schema, Table

    rows = RelationalData({"a": pd.DataFrame({"x": [1, 2, 2]})}, Schema({"a": Table({"x": "integer"})}))
    first, second, third = key_digests(rows, "a")
    assert second == third != first
