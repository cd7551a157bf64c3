"""Only what enough entities share is told."""

import numpy as np

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Column, Schema, Table
from synth_models.report.rare import Owners, both, owners
from synth_models.report.side import Side
from synth_models.testing import shop


def test_codes_are_counted_by_entity() -> None:
    whose = Owners(np.array([7, 7, 8, 9, 9]), 2)
    assert whose.counts(np.array([0, 0, 0, 1, -1]), 3).tolist() == [2, 1, 0]
    assert whose.enough()
    assert not whose.of(np.array([True, True, False, False, False])).enough()


def test_the_ends_are_those_that_enough_entities_reach() -> None:
    entities = np.repeat(np.arange(10), 3)
    values = np.arange(30.0)
    values[:3] = 1000  # one entity, three rows
    low, high = Owners(entities, 3).ends(values)
    assert (low, high) == (9.0, 26.0)


def test_the_entity_of_an_item_is_the_user() -> None:
    data = shop(rows=200)
    side = Side(data)
    rows = np.arange(data.n_rows["items"])
    found = owners(side, "items", "quantity", rows)
    assert found.least == 10
    assert len(np.unique(found.entities)) < data.n_rows["orders"]
    user = data.links["orders", "user"][data.links["items", "order"]]
    assert np.array_equal(found.entities, user)


def test_a_columns_own_option_goes_first() -> None:
    users = dict(shop(rows=200).schema.tables["users"].columns)
    users["country"] = Column("categorical", {"min_count": 1})
    users["age"] = Column("integer", {"min_count": 8})
    tables = {**shop(rows=200).schema.tables, "users": Table(users, "id")}
    side = Side(RelationalData(shop(rows=200), Schema(tables)))
    country, age = (owners(side, "users", name, np.arange(200)) for name in ("country", "age"))
    assert (country.least, age.least, both(country, age).least) == (1, 16, 16)
