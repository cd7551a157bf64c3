"""What is counted along foreign keys, by hand and by machine."""

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.data.schema import ForeignKey, Schema, Table
from synth_models.report.side import Side
from synth_models.report.stats.families import families
from synth_models.report.stats.hops import columns_at
from synth_models.report.stats.keys import (
    degrees,
    family_key,
    intraclass_correlation,
)
from synth_models.report.stats.summaries import summaries

KEY = ForeignKey("parent", "parents")


@pytest.fixture
def side() -> Side:
    schema = Schema(
        {
            "parents": Table({"id": "key", "p": "numeric"}, "id"),
            "children": Table(
                {"id": "key", "parent": "key", "n": "numeric", "c": "categorical", "t": "date"},
                "id",
                {"parent": "parents"},
            ),
        }
    )
    frames = {
        "parents": pd.DataFrame({"id": [10, 20, 30], "p": [1.0, 2.0, 3.0]}),
        "children": pd.DataFrame(
            {
                "id": range(5),
                "parent": pd.array([20, 20, 20, 10, None], dtype="Int64"),
                "n": [1.0, 3.0, np.nan, np.nan, 9.0],
                "c": ["a", "a", "b", None, "c"],
                "t": pd.to_datetime(["2020-01-01"] * 5),
            }
        ),
    }
    return Side(RelationalData(frames, schema))


def test_degrees_count_the_childless(side: Side) -> None:
    assert degrees(side, "children", KEY).tolist() == [1, 3, 0]


def test_summaries_are_those_of_c2st_agg(side: Side) -> None:
    found = summaries(side, "parents")
    assert list(found) == ["children.parent#count", "children.parent.n#mean", "children.parent.c#distinct"]
    assert found["children.parent#count"].tolist() == [1, 3, 0]
    assert np.array_equal(found["children.parent.n#mean"], [np.nan, 2, np.nan], equal_nan=True)
    assert found["children.parent.c#distinct"].tolist() == [0, 2, 0]


def test_parents_are_joined_to_their_children(side: Side) -> None:
    found = columns_at(side, "children", (KEY,), np.array([4, 0, 3]))
    assert np.array_equal(found["p"], [np.nan, 2, 1], equal_nan=True)


def test_likeness_of_siblings() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(200), 5)
    own = rng.normal(size=1000)
    shared = rng.normal(size=200)[group]
    assert intraclass_correlation(own[:, None], group) < 0.05
    assert intraclass_correlation(shared[:, None], group) == pytest.approx(1)
    assert intraclass_correlation((shared + own)[:, None], group) == pytest.approx(0.5, abs=0.1)
    assert intraclass_correlation(np.ones((10, 1)), np.arange(10) // 2) == 0


def test_the_family_is_the_key_whose_siblings_are_alike() -> None:
    rng = np.random.default_rng(0)
    schema = Schema(
        {
            "hosts": Table({"id": "key"}, "id"),
            "guests": Table({"id": "key"}, "id"),
            "stays": Table({"id": "key", "guest": "key", "host": "key", "rate": "numeric"}, "id",
                           {"guest": "guests", "host": "hosts"}),
        }
    )  # fmt: skip
    host, guest = rng.integers(0, 40, 400), rng.integers(0, 40, 400)
    rate = rng.normal(size=40)[host] + 0.1 * rng.normal(size=400)
    frames = {name: pd.DataFrame({"id": range(40)}) for name in ("hosts", "guests")}
    frames["stays"] = pd.DataFrame({"id": range(400), "guest": guest, "host": host, "rate": rate})
    side = Side(RelationalData(frames, schema))
    assert family_key(side, "stays") == "host"
    assert family_key(side, "hosts") is None
    groups = families(side, side, "stays")
    assert groups is not None
    assert not set(groups[0]) & set(groups[1])
    assert np.array_equal(groups[0], host)
