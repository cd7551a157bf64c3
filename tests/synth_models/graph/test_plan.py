"""What a blueprint says of series and of dates that refer to dates."""

import numpy as np
import pandas as pd

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.data.schema import Column
from synth_models.graph.plan import make_blueprints


def series(gap_days: int | None) -> RelationalData:
    """80 accounts with 12 bookings each: every ``gap_days`` after opening, or on random days."""
    rng = np.random.default_rng(0)
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, 80), unit="D")
    account = np.repeat(np.arange(80), 12)
    if gap_days:
        booked = opened[account] + pd.to_timedelta(np.tile(np.arange(12) * gap_days, 80), unit="D")
    else:
        booked = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, 960), unit="D")
    schema = Schema(
        {
            "accounts": Table({"id": "key", "opened": "date"}, "id"),
            "bookings": Table({"id": "key", "account": "key", "day": "date"}, "id", {"account": "accounts"}),
        }
    )
    accounts = pd.DataFrame({"id": range(80), "opened": opened})
    return RelationalData(
        {
            "accounts": accounts,
            "bookings": pd.DataFrame({"id": range(960), "account": account, "day": booked}),
        },
        schema,
    )


def test_a_regular_series_is_told_by_its_gaps_from_the_parents_date_on() -> None:
    plan = make_blueprints(series(7))["bookings"]
    (day,) = plan.columns
    assert plan.order == ("day",)
    assert day.base == ("previous",)
    assert day.first == "opened"


def test_days_at_random_are_no_series() -> None:
    plan = make_blueprints(series(None))["bookings"]
    assert plan.order == ()
    assert plan.columns[0].base is None


def test_the_grid_of_a_series_stays_exact() -> None:
    data = series(7)
    model = MultiLevelSynth(data.schema)
    model.train(data, 40, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)["bookings"].sort_values(["account", "day"])
    gaps = made.groupby("account")["day"].diff().dropna().dt.days
    assert (gaps == 7).mean() > 0.95


def test_sums_of_differences_stay_within_what_was_seen() -> None:
    data = series(7)
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False)
    days, real = model.sample(progress=False, seed=4)["bookings"]["day"], data["bookings"]["day"]
    assert days.min() >= real.min()
    assert days.max() <= real.max()


def whale(n: int = 400) -> RelationalData:
    """Accounts with a few bookings each, but for one with 500, all of them of one kind."""
    rng = np.random.default_rng(0)
    counts = np.r_[rng.poisson(3, n - 1), 500]
    account = np.repeat(np.arange(n), counts)
    schema = Schema(
        {
            "accounts": Table({"id": "key"}, "id"),
            "bookings": Table({"account": "key", "kind": "categorical"}, None, {"account": "accounts"}),
        }
    )
    bookings = pd.DataFrame({"account": account, "kind": rng.choice(["a", "b"], len(account))})
    bookings.loc[account == n - 1, "kind"] = "whale"
    return RelationalData({"accounts": pd.DataFrame({"id": range(n)}), "bookings": bookings}, schema)


def test_numbers_of_children_are_protected() -> None:
    plan = make_blueprints(whale())["accounts"].counts[0]
    assert 0 in plan.seen
    assert plan.seen.max() < 150
    assert plan.grid.bounds[1] < 150
    unprotected = make_blueprints(whale(), min_count=1)["accounts"].counts[0]
    assert unprotected.seen.max() == 500


def test_a_value_of_one_family_is_rare() -> None:
    (kind,) = make_blueprints(whale())["bookings"].columns
    made = set(kind.codec.decode(np.array([[1], [2], [3]]), np.random.default_rng(0)))
    assert made == {"a", "b"}


def test_a_columns_own_option_goes_first() -> None:
    data = whale()
    tables = dict(data.schema.tables)
    public = Column("categorical", {"min_count": 1})
    tables["bookings"] = Table({"account": "key", "kind": public}, None, {"account": "accounts"})
    mine = RelationalData(dict(data), Schema(tables))
    (kind,) = make_blueprints(mine)["bookings"].columns
    assert "whale" in set(kind.codec.decode(np.array([[1], [2], [3]]), np.random.default_rng(0)))


def test_a_keys_values_are_kept_if_they_are_public() -> None:
    codes = pd.DataFrame({"code": ["DE", "FR", "IT", "ES"], "size": [1, 2, 3, 4]})
    for public in (True, False):
        schema = Schema(
            {"country": Table({"code": Column("key", {"public": public}), "size": "integer"}, "code")}
        )
        schema = Schema.from_dict(schema.to_dict())
        form = make_blueprints(RelationalData({"country": codes}, schema))["country"].formats["code"]
        made = set(form.make(4, np.random.default_rng(0)))
        assert (made == set(codes["code"])) is public
