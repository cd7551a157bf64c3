"""Shapes of real schemas come out as they went in, however little was learned."""

import os
from pathlib import Path

import numpy as np
import pytest

from synth_models import MultiLevelSynth, RelationalData
from synth_models.data.topology import late_keys, table_order
from synth_models.graph.levels import depths
from synth_models.graph.pieces import apart

Both = tuple[RelationalData, RelationalData]


@pytest.fixture(scope="module")
def both(request: pytest.FixtureRequest) -> Both:
    """A part of a public data set, and a sample of a model that has seen it once."""
    folder = os.environ.get("SYNTH_DATA_DIR")
    if not folder:
        pytest.skip("SYNTH_DATA_DIR is not set: it is the folder that holds the public data sets")
    name, share = request.param
    data = RelationalData.from_dir(Path(folder) / name)
    data = data if share == 1 else data.split(share, seed=0)[0]
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    return data, model.sample(device="cpu", progress=False)


def check_sizes_keys_and_nulls(data: RelationalData, made: RelationalData) -> None:
    """All rows are there, every key that is given leads somewhere, and as many are missing."""
    assert made.n_rows == data.n_rows
    for name, table in data.schema.tables.items():
        frame = made[name]
        assert frame.dtypes.astype(str).to_dict() == data[name].dtypes.astype(str).to_dict()
        if table.key_columns:
            assert not frame.duplicated(list(table.key_columns)).any()
        for key in table.foreign_keys:
            given = frame[list(key.columns)].notna().all(axis=1).to_numpy()
            assert (made.links[name, key.name][given] >= 0).all()
            real = (data.links[name, key.name] < 0).mean()
            assert abs((made.links[name, key.name] < 0).mean() - real) < 0.02


@pytest.mark.parametrize("both", [("sakila", 1)], indirect=True)
def test_eight_tables_deep_with_a_circle_and_a_key_that_nobody_has(both: Both) -> None:
    data, made = both
    check_sizes_keys_and_nulls(data, made)
    late, depth = late_keys(data), {}
    for name in table_order(data):
        above = [k.parent for k in data.schema.tables[name].foreign_keys if (name, k.name) not in late]
        depth[name] = 1 + max((depth[parent] for parent in above), default=0)
    assert max(depth.values()) == 8
    assert {name for name, _ in late} <= {"staff", "store"}
    assert len(late) == 1
    assert made["film"]["original_language_id"].isna().all()


@pytest.mark.parametrize("both", [("nycflights_jan", 0.4)], indirect=True)
def test_five_keys_in_one_table(both: Both) -> None:
    data, made = both
    assert len(data.schema.tables["flights"].foreign_keys) == 5
    check_sizes_keys_and_nulls(data, made)
    flights = np.sort(np.bincount(made.links["flights", "origin"]))
    assert flights[-3:].sum() > 0.95 * flights.sum()  # three airports have all of them


@pytest.mark.parametrize("both", [("mutagenesis", 1)], indirect=True)
def test_two_keys_to_one_parent(both: Both) -> None:
    data, made = both
    check_sizes_keys_and_nulls(data, made)
    one, other = (made.links["bond", key] for key in ("atom1_id", "atom2_id"))
    molecule = made.links["atom", "molecule_id"]
    assert (one != other).all()
    assert (molecule[one] == molecule[other]).all()
    ends = np.sort(np.column_stack([one, other]), axis=1)
    assert len(np.unique(ends, axis=0)) == len(ends)
    assert apart(one, other, molecule[one]) < 0.1 * len(made["molecule"])


@pytest.mark.parametrize("both", [("northwind", 1)], indirect=True)
def test_employees_are_a_hierarchy_and_few_customers_decide_for_many_orders(both: Both) -> None:
    data, made = both
    check_sizes_keys_and_nulls(data, made)
    assert depths(made.links["employees", "reports_to"]) is not None
    assert (made.links["employees", "reports_to"] < 0).sum() == 1
    real, found = (x["orders"]["ship_region"].isna().mean() for x in both)
    assert abs(real - found) < 0.02


@pytest.mark.parametrize("both", [("uw_cse", 1), ("chinook", 1)], indirect=True)
def test_link_tables_are_complete(both: Both) -> None:
    check_sizes_keys_and_nulls(*both)
