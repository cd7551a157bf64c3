"""What exists has been checked; what is wrong is told at once, and never a value of the data."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synth_models.data.keys import key_values
from synth_models.data.relational import RelationalData, check_same_schema
from synth_models.data.schema import Schema, Table
from synth_models.errors import DataError, SchemaError
from synth_models.testing import shop, shop_schema

Frames = dict[str, pd.DataFrame]


@pytest.fixture
def frames() -> Frames:
    return {name: frame.copy() for name, frame in shop(rows=40).items()}


def error_of(frames: Frames, schema: Schema | None = None) -> str:
    with pytest.raises(DataError) as caught:
        RelationalData(frames, schema or shop_schema())
    return str(caught.value)


def drop_table(frames: Frames) -> None:
    del frames["products"]


def drop_column(frames: Frames) -> None:
    del frames["users"]["age"]


def empty_table(frames: Frames) -> None:
    frames["items"] = frames["items"].iloc[:0]


def missing_key(frames: Frames) -> None:
    frames["items"]["id"] = frames["items"]["id"].astype("Int64")
    frames["items"].loc[:2, "id"] = pd.NA


def repeated_key(frames: Frames) -> None:
    frames["items"].loc[6, "id"] = int(frames["items"]["id"].iloc[5])


def orphans(frames: Frames) -> None:
    frames["orders"].loc[:4, "user"] = 987654


def words_for_numbers(frames: Frames) -> None:
    frames["users"]["age"] = frames["users"]["age"].astype(object)
    frames["users"].loc[:2, "age"] = "secret"


def broken_integers(frames: Frames) -> None:
    frames["items"]["quantity"] = frames["items"]["quantity"].astype(float)
    frames["items"].loc[0, "quantity"] = 1234.5


def infinities(frames: Frames) -> None:
    frames["users"].loc[:1, "income"] = np.inf


def words_for_dates(frames: Frames) -> None:
    frames["orders"]["placed"] = frames["orders"]["placed"].astype(str)
    frames["orders"].loc[:3, "placed"] = "secret"


def three_truths(frames: Frames) -> None:
    frames["items"]["gift"] = frames["items"]["gift"].astype(object)
    frames["items"].loc[0, "gift"] = "secret"


def column_twice(frames: Frames) -> None:
    frames["products"] = pd.concat([frames["products"], frames["products"][["price"]]], axis=1)


FAULTS: list[tuple[Callable[[Frames], None], str]] = [
    (
        drop_table,
        r"Table 'products': no data frame was given \(got \['items', 'orders', 'users'\]\). Add it.",
    ),
    (drop_column, r"Table 'users': column 'age' is in the schema but not in the data. Add it, or"),
    (empty_table, r"Table 'items': it has no rows, so nothing can be learned. Fill it, or leave it out."),
    (missing_key, r"Table 'items': primary key 'id' is missing in 3 of \d+ rows. Fill it, drop the rows, or"),
    (repeated_key, r"Table 'items': 1 of \d+ rows repeat a primary key 'id'. Drop the repeats, or"),
    (orphans, r"Table 'orders': 5 of \d+ rows have a 'user' that is not a 'id' of 'users'. Add the missing"),
    (
        words_for_numbers,
        r"Table 'users': column 'age' is declared integer, but 3 of 40 values are not numbers",
    ),
    (
        broken_integers,
        r"Table 'items': column 'quantity' is declared integer, but 1 of \d+ values are not whole",
    ),
    (
        infinities,
        r"Table 'users': column 'income' is declared numeric, but 2 of \d+ values are infinite. Set",
    ),
    (
        words_for_dates,
        r"Table 'orders': column 'placed' is declared datetime, but 4 of \d+ values are not dates",
    ),
    (
        three_truths,
        r"Table 'items': column 'gift' is declared boolean, but it has 3 different values. Declare",
    ),
]


@pytest.mark.parametrize(("harm", "pattern"), FAULTS, ids=[harm.__name__ for harm, _ in FAULTS])
def test_every_fault_is_named(frames: Frames, harm: Callable[[Frames], None], pattern: str) -> None:
    harm(frames)
    with pytest.raises(DataError, match=pattern):
        RelationalData(frames, shop_schema())


def test_all_faults_are_reported_together_and_no_value(frames: Frames) -> None:
    harms = [harm for harm, _ in FAULTS if harm not in (drop_table, drop_column, empty_table)]
    for harm in harms:
        harm(frames)
    message = error_of(frames)
    assert message.startswith(f"The data do not fit the schema: {len(harms)} faults.")
    for value in ("secret", "987654", "1234", "inf."):
        assert value not in message


def test_repeats_of_a_composite_key(frames: Frames) -> None:
    schema = Schema({"pairs": Table({"a": "key", "b": "key"}, ("a", "b"))})
    rows = pd.DataFrame({"a": [1, 1, 2], "b": [1, 1, 1]})
    assert "1 of 3 rows repeat a primary key ('a', 'b')" in error_of({"pairs": rows}, schema)
    assert len(RelationalData({"pairs": rows[1:]}, schema)["pairs"]) == 2


def test_columns_the_schema_does_not_name_are_left_out(frames: Frames) -> None:
    frames["users"]["password"] = "x"
    assert "password" not in RelationalData(frames, shop_schema())["users"]


def test_links_are_positions_of_parents(frames: Frames) -> None:
    data = RelationalData(frames, shop_schema())
    link = data.links["items", "product"]
    given = frames["items"]["product"].notna().to_numpy()
    assert (link[~given] == -1).all()
    assert (~given).any()
    codes = frames["products"]["code"].to_numpy()
    assert (codes[link[given]] == frames["items"]["product"].to_numpy()[given]).all()
    assert all(link.dtype == np.int64 for link in data.links.values())


def test_keys_compare_across_number_types() -> None:
    schema = Schema({"a": Table({"id": "key"}, "id"), "b": Table({"a": "key"}, None, {"a": "a"})})
    frames = {"a": pd.DataFrame({"id": [7, 8]}), "b": pd.DataFrame({"a": [8.0, np.nan, 7.0]})}
    assert RelationalData(frames, schema).links["b", "a"].tolist() == [1, -1, 0]
    assert key_values(pd.Series([1.0, None])).tolist() == [1, None]


def test_a_mapping_of_tables() -> None:
    data = shop(rows=40)
    assert list(data) == ["users", "products", "orders", "items"]
    assert data.n_rows["users"] == 40
    assert "users: 40 rows" in repr(data)


def test_take_keeps_rows_and_checks_keys() -> None:
    data = shop(rows=40)
    part = data.take({"items": np.zeros(len(data["items"]), dtype=bool), "orders": np.array([0, 1])})
    assert part.n_rows == {"users": 40, "products": len(data["products"]), "orders": 2, "items": 0}
    with pytest.raises(DataError, match="Table 'orders'"):
        data.take({"users": np.array([0])})


def test_check_same_schema_names_the_tables() -> None:
    data = shop(rows=40)
    check_same_schema(data, shop_schema(), "The data")
    tables = {**shop_schema().tables, "more": Table({"id": "key"}, "id")}
    tables["users"] = Table({"id": "key", "age": "numeric"}, "id")
    del tables["items"]
    with pytest.raises(SchemaError) as caught:
        check_same_schema(data, Schema(tables), "The data")
    for part in ("table 'more' is in the model's", "table 'items' is not in the", "table 'users' has other"):
        assert part in str(caught.value)
