import numpy as np
import pandas as pd

from synth_models import RelationalData, Schema, Table
from synth_models.data.entities import FEW, entities

FAMILIES = {"person": None, "order": "person", "line": "order", "thing": None}


def made(persons: int) -> RelationalData:
    """Two orders a person and one of nobody, two lines an order, and things that belong to no one."""
    schema = Schema(
        {
            "person": Table({"id": "key"}, "id"),
            "order": Table({"id": "key", "person": "key"}, "id", {"person": "person"}),
            "line": Table({"order": "key", "n": "integer"}, None, {"order": "order"}),
            "thing": Table({"n": "integer"}, None),
        }
    )
    ids = np.arange(persons) + 7
    orders = np.arange(2 * persons + 1)
    return RelationalData(
        {
            "person": pd.DataFrame({"id": ids}),
            "order": pd.DataFrame({"id": orders, "person": [*np.tile(ids[::-1], 2).astype(float), None]}),
            "line": pd.DataFrame({"order": np.tile(orders, 2), "n": 1}),
            "thing": pd.DataFrame({"n": [5, 6]}),
        },
        schema,
    )


def test_a_row_belongs_to_its_root_row():
    found = entities(made(FEW), FAMILIES)
    assert found["person"].tolist() == list(range(FEW))
    assert found["order"][:-1].tolist() == [*range(FEW)][::-1] * 2
    alone = found["order"][-1]
    assert alone >= FEW
    assert found["line"].tolist() == found["order"].tolist() * 2
    assert found["thing"].tolist() == [0, 1]


def test_few_roots_are_no_population():
    found = entities(made(5), FAMILIES)
    assert found["order"].tolist() == list(range(11))
    assert found["line"].tolist() == list(range(22))
