"""Both ends of the scale are what they say."""

from collections import Counter

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.report.anchors import ceilings, independent, shared_tables
from synth_models.report.side import Side
from synth_models.report.trial import Trial
from synth_models.testing import shop


def test_independent_columns_keep_their_values_and_lose_their_dependence() -> None:
    data = shop(rows=500)
    bad = independent(data, seed=0)
    for table, frame in data.items():
        for column in data.schema.tables[table].features:
            assert Counter(frame[column].dropna()) == Counter(bad[table][column].dropna())
            assert frame[column].dtype == bad[table][column].dtype
    assert data["users"]["age"].corr(data["users"]["income"]) > 0.4
    assert abs(bad["users"]["age"].corr(bad["users"]["income"])) < 0.2


def test_independent_keys_are_uniform_and_miss_as_often() -> None:
    data = shop(rows=500)
    bad = independent(data, seed=0)
    missing = [int((side.links["items", "product"] < 0).sum()) for side in (data, bad)]
    assert missing[0] == missing[1] > 0
    counts = [np.bincount(side.links["items", "product"] + 1)[1:] for side in (data, bad)]
    assert counts[1].std() < counts[0].std() / 2


def test_primary_keys_that_cannot_be_shuffled_are_no_obstacle() -> None:
    schema = Schema(
        {
            "a": Table({"id": "key", "x": "numeric"}, "id"),
            "one": Table({"id": "key", "y": "numeric"}, "id", {"id": "a"}),
            "links": Table(
                {"a": "key", "b": "key", "day": "date"}, ("a", "b", "day"), {"a": "a", "b": "one"}
            ),
        }
    )
    ids = np.arange(20)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(ids % 3, unit="D")
    frames = {
        "a": pd.DataFrame({"id": ids, "x": ids / 2}),
        "one": pd.DataFrame({"id": ids[::2], "y": ids[::2] / 3}),
        "links": pd.DataFrame({"a": ids, "b": ids // 2 * 2, "day": days}),
    }
    bad = independent(RelationalData(frames, schema), seed=0)
    assert bad["one"]["id"].tolist() == ids[::2].tolist()
    assert bad.n_rows == {"a": 20, "one": 10, "links": 20}


def test_shared_tables_are_those_with_the_same_rows_in_any_order() -> None:
    data = shop(rows=60)
    other = shop(rows=60, seed=9)
    frames = {name: frame.sample(frac=1, random_state=0) for name, frame in data.items()}
    frames["orders"], frames["items"] = data["orders"], data["items"].iloc[1:]
    assert shared_tables(data, RelationalData(frames, data.schema)) == {"users", "products", "orders"}
    assert shared_tables(data, other) == set()


def test_without_held_out_data_halves_are_compared() -> None:
    data = shop(rows=100)
    tops = ceilings(Trial(real=Side(data), other=Side(data)))
    assert tops is not None
    assert tops.fidelity.real.n_rows["users"] == tops.fidelity.other.n_rows["users"] == 50
    assert "products" in tops.privacy.skip  # both halves hold it whole
    assert "half" in tops.source


def test_held_out_data_are_compared_with_an_equally_large_part() -> None:
    data, held_out = shop(rows=200).split(0.8, seed=0)
    unseen = frozenset(data) - shared_tables(data, held_out)
    tops = ceilings(Trial(real=Side(data), other=Side(data), held_out=Side(held_out), unseen=unseen))
    assert tops is not None
    rows = [side.n_rows["users"] for side in (tops.fidelity.real, tops.fidelity.other)]
    assert abs(rows[0] - rows[1]) <= 5
    assert tops.privacy.unseen == unseen == {"users", "orders", "items"}


def test_tables_in_a_circle_have_a_ceiling_too() -> None:
    schema = Schema({"staff": Table({"id": "key", "boss": "key", "x": "numeric"}, "id", {"boss": "staff"})})
    boss = pd.array([None, *range(299)], dtype="Int64")
    frame = pd.DataFrame({"id": range(300), "boss": boss // 10, "x": np.arange(300) / 7})
    data = RelationalData({"staff": frame}, schema)
    tops = ceilings(Trial(real=Side(data), other=Side(data)))
    assert tops is not None
    assert set(tops.fidelity.real.n_rows) == {"staff"}


def test_tables_of_a_few_rows_have_no_ceiling() -> None:
    data = shop(rows=6)
    tops = ceilings(Trial(real=Side(data), other=Side(data)))
    assert tops is not None
    assert {"users", "products"} <= tops.fidelity.skip
