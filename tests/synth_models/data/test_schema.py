"""A schema that exists is consistent; one that is not says everything that is wrong."""

from typing import Any

import pytest

from synth_models.data.schema import Column, ForeignKey, Schema, Table
from synth_models.errors import SchemaError


def raw() -> dict[str, Any]:
    return {
        "name": "a shop",
        "tables": {
            "users": {
                "file": "users.csv",
                "rows": 3,
                "primary_key": "id",
                "columns": {"id": {"type": "id"}, "age": {"type": "int", "nulls": 1}, "born": "date"},
            },
            "visits": {
                "primary_key": ["user", "day"],
                "foreign_keys": [{"column": "user", "parent": "users", "parent_column": "id", "nulls": 0}],
                "columns": {
                    "user": "id",
                    "day": {"type": "date", "format": "%d.%m.%Y"},
                    "paid": {"type": "float", "decimals": 2, "unit": "EUR"},
                },
            },
        },
    }


def test_spellings_of_types_are_understood() -> None:
    names = {"id": "key", "Bool": "boolean", "float": "numeric", "timestamp": "datetime", "text": "text"}
    assert {given: Column(given).type for given in names} == names


def test_plain_data_becomes_a_schema() -> None:
    schema = Schema.from_dict(raw())
    users, visits = schema.tables["users"], schema.tables["visits"]
    assert users.primary_key == "id"
    assert users.surrogate == "id"
    assert users.features == ("age", "born")
    assert visits.key_columns == ("user", "day")
    assert visits.surrogate is None
    assert visits.features == ("day", "paid")
    assert dict(visits.columns["paid"].options) == {"decimals": 2}
    assert visits.columns["day"].options["format"] == "%d.%m.%Y"
    assert schema.children("users") == [("visits", ForeignKey("user", "users"))]


def test_to_dict_and_from_dict_are_inverse() -> None:
    schema = Schema.from_dict(raw())
    assert Schema.from_dict(schema.to_dict()) == schema


def test_a_key_of_one_column_may_be_written_as_a_list() -> None:
    assert Table({"id": "key"}, ["id"]).primary_key == "id"
    assert Table({"id": "key"}, []).primary_key is None


def test_select_drops_keys_to_tables_left_out() -> None:
    visits = Schema.from_dict(raw()).select(["visits"]).tables["visits"]
    assert visits.foreign_keys == ()
    assert tuple(visits.columns) == ("user", "day", "paid")  # the key of the visits stays whole
    assert visits.primary_key == ("user", "day")
    links = Table({"a": "key", "b": "key", "c": "key"}, None, {("a", "b"): "pairs", "b": "users"})
    pairs = Table({"x": "key", "y": "key"}, ("x", "y"))
    some = Schema({"links": links, "pairs": pairs, "users": Table({"id": "key"}, "id")})
    assert tuple(some.select(["links", "users"]).tables["links"].columns) == ("b", "c")


def test_a_schema_is_frozen() -> None:
    schema = Schema.from_dict(raw())
    with pytest.raises(TypeError):
        schema.tables["more"] = Table({"id": "key"})  # type: ignore[index]
    with pytest.raises(AttributeError):
        schema.tables["users"].primary_key = "age"  # type: ignore[misc]


def test_every_fault_of_every_table_is_reported_together() -> None:
    tables = {
        "empty": Table({}),
        "places": Table({"id": "key", "where": "cordinates"}, "id"),
        "lines": Table({"order": "key", "number": "key"}, ("order", "number")),
        "notes": Table(
            {"line": "key", "user": "key"},
            "code",
            [ForeignKey("line", "lines"), ForeignKey("user", "people"), ForeignKey("user", "places")],
        ),
        "links": Table({"a": "key"}, None, {"b": "places"}),
    }
    with pytest.raises(SchemaError) as caught:
        Schema(tables)
    message = str(caught.value)
    for part in [
        "The schema is inconsistent: 7 faults.",
        "Table 'empty': it has no columns.",
        "Table 'places': column 'where' is declared 'cordinates', which is not supported",
        "Table 'notes': primary key 'code' is not among its columns.",
        "Table 'notes': foreign key 'line' has 1 column, but the primary key of 'lines' has 2.",
        "Table 'notes': foreign key 'user' points at 'people', which is not in the schema (there are: empty,",
        "Table 'notes': foreign key 'user' is declared twice.",
        "Table 'links': foreign key 'b' is not among its columns.",
    ]:
        assert part in message


@pytest.mark.parametrize("wrong", [{}, {"tables": []}, {"tables": {}}, [], None])
def test_no_tables_is_an_error(wrong: Any) -> None:
    with pytest.raises(SchemaError, match=r"no '?table"):
        Schema.from_dict(wrong)


def test_a_table_needs_columns() -> None:
    with pytest.raises(SchemaError, match="Table 'users': no 'columns' mapping"):
        Schema.from_dict({"tables": {"users": {"primary_key": "id"}}})


def test_a_foreign_key_is_a_mapping() -> None:
    wrong = raw()
    wrong["tables"]["visits"]["foreign_keys"] = [{"column": ["user", 3], "parent": "users"}, "user"]
    with pytest.raises(SchemaError, match=r"(?s)Table 'visits': 2 faults.*not a mapping of a 'column'"):
        Schema.from_dict(wrong)


def test_foreign_keys_of_several_columns() -> None:
    lines = Table({"order": "key", "line": "integer"}, ("order", "line"), {"order": "orders"})
    parcels = Table(
        {"id": "key", "order": "key", "line": "integer"},
        "id",
        [ForeignKey(("order", "line"), "lines"), ForeignKey("order", "orders")],
    )
    schema = Schema({"orders": Table({"id": "key"}, "id"), "lines": lines, "parcels": parcels})
    assert schema.tables["lines"].features == ("line",)
    assert schema.tables["parcels"].features == ()
    assert [key.name for key in parcels.foreign_keys] == ["order, line", "order"]
    assert schema.to_dict()["tables"]["parcels"]["foreign_keys"] == [
        {"column": ["order", "line"], "parent": "lines"},
        {"column": "order", "parent": "orders"},
    ]
    assert Schema.from_dict(schema.to_dict()) == schema
