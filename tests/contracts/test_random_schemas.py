"""Any schema, any rows: a model trains on them and samples valid data."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.data.schema import Column, ForeignKey
from synth_models.graph.levels import depths

COLUMNS = {
    "boolean": lambda rng, n: rng.random(n) < 0.5,
    "categorical": lambda rng, n: rng.choice(["red", "green", "a b", ""], n),
    "integer": lambda rng, n: rng.integers(-5, 10 ** rng.integers(1, 12), n),
    "numeric": lambda rng, n: np.round(rng.lognormal(0, 2, n), int(rng.integers(0, 5))),
    "date": lambda rng, n: pd.Timestamp("1999-12-30") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
    "datetime": lambda rng, n: pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**7, n), "s"),
    "text": lambda rng, n: [f"text {number}" for number in rng.integers(0, 50, n)],
}


@st.composite
def databases(draw: st.DrawFn) -> tuple[Schema, dict[str, pd.DataFrame]]:
    """A few tables with keys in any direction, and rows for them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = [f"t{number}" for number in range(draw(st.integers(1, 4)))]
    sizes = {name: draw(st.integers(1, 30)) for name in names}
    # a table of one letter has a key of two columns: its rows are numbered within groups
    wide = {name: draw(st.booleans()) for name in names}
    tables: dict[str, Table] = {}
    frames: dict[str, pd.DataFrame] = {}
    for name in names:
        n = sizes[name]
        if wide[name]:
            group = np.sort(rng.integers(0, 4, n))
            frame = {"g": group, "id": pd.Series(group).groupby(group).cumcount().to_numpy()}
        else:
            frame = {"id": rng.permutation(n) + 100}
        frames[name] = pd.DataFrame(frame)
    for name in names:
        columns: dict[str, Column | str] = dict.fromkeys(frames[name].columns, "key")
        keys = []
        for number in range(draw(st.integers(0, 3))):
            parent = draw(st.sampled_from(names))
            rows = rng.integers(0, sizes[parent], sizes[name])
            missing = rng.random(sizes[name]) < draw(st.sampled_from([0.0, 0.3, 1.0]))
            own = []
            for column in frames[parent].columns[: 1 + wide[parent]]:
                values = pd.Series(frames[parent][column].to_numpy()[rows], dtype="Int64").mask(missing)
                own.append(f"k{number}_{column}")
                frames[name][own[-1]] = values.to_numpy() if values.notna().all() else values
                columns[own[-1]] = "key"
            keys.append(ForeignKey(own, parent))
        for number in range(draw(st.integers(0, 3))):
            kind = draw(st.sampled_from(sorted(COLUMNS)))
            values = pd.Series(COLUMNS[kind](rng, sizes[name]))
            gaps = draw(st.sampled_from([0.0, 0.2, 1.0]))
            frames[name][f"c{number}"] = values.where(rng.random(len(values)) >= gaps)
            columns[f"c{number}"] = kind
        tables[name] = Table(columns, ["g", "id"] if wide[name] else "id", keys)
    return Schema(tables), frames


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(databases())
def test_a_sample_has_the_schema_of_the_data(database: tuple[Schema, dict[str, pd.DataFrame]]) -> None:
    schema, frames = database
    data = RelationalData(frames, schema)
    model = MultiLevelSynth(schema)
    model.train(data, 1, tensorboard_dir=None, progress=False, device="cpu")
    made = model.sample(n_samples={n: rows + 3 for n, rows in data.n_rows.items()}, progress=False)
    for name, frame in data.items():
        assert list(made[name].columns) == list(frame.columns)
        nullable = frame.isna().any()
        assert not made[name].loc[:, ~nullable].isna().any().any(), name
        for key in schema.tables[name].foreign_keys:
            link = data.links[name, key.name]
            if key.parent == name and depths(link) is not None:
                assert depths(made.links[name, key.name]) is not None
    same = model.sample(data, mode="original_fks", progress=False)
    for key, link in data.links.items():
        assert (same.links[key] == link).all()
