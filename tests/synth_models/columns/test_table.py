import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models.columns.table import TableCodec
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Column, Table
from synth_models.errors import SettingError

TABLE = Table(
    {
        "id": "key",
        "age": "integer",
        "shop": "key",
        "total": Column("numeric", {"decimals": 1}),
        "kind": "categorical",
    },
    "id",
    {"shop": "shops"},
)
FRAME = pd.DataFrame(
    {
        "id": range(60),
        "age": [20, 30, 40] * 20,
        "shop": 1,
        "total": np.random.default_rng(0).lognormal(3, 1, 60),
        "kind": pd.Series(["a", "b", None] * 20, dtype="string"),
    }
)


def test_content_columns_only_in_their_order():
    codec = TableCodec.fit(FRAME, TABLE)
    assert list(codec.codecs) == ["age", "total", "kind"]
    tokens = codec.encode(FRAME)
    assert {name: block.shape for name, block in tokens.items()} == {
        name: (60, len(c.sizes)) for name, c in codec.codecs.items()
    }
    made = codec.decode(tokens, np.random.default_rng(0))
    assert list(made) == ["age", "total", "kind"]
    pd.testing.assert_frame_equal(made[["age", "kind"]], FRAME[["age", "kind"]])
    np.testing.assert_array_equal(made["total"], made["total"].round(1))  # as its options say


def test_the_state_makes_the_same_codec():
    codec = TableCodec.fit(FRAME, TABLE)
    buffer = io.BytesIO()
    torch.save(codec.state(), buffer)
    twin = TableCodec.from_state(torch.load(io.BytesIO(buffer.getvalue()), weights_only=True))
    tokens = codec.encode(FRAME)
    pd.testing.assert_frame_equal(
        twin.decode(tokens, np.random.default_rng(0)), codec.decode(tokens, np.random.default_rng(0))
    )


def test_all_wrong_options_are_told_at_once():
    table = Table(
        {"age": Column("integer", {"format": "%d"}), "kind": Column("categorical", {"min_count": 0})}
    )
    with pytest.raises(SettingError, match="2 faults") as caught:
        TableCodec.fit(FRAME, table)
    assert "Column 'age'" in str(caught.value)
    assert "Column 'kind'" in str(caught.value)


def test_a_table_of_keys_only():
    codec = TableCodec.fit(FRAME, Table({"id": "key"}, "id"))
    assert codec.encode(FRAME) == {}
    assert codec.decode({}, np.random.default_rng(0)).shape == (0, 0)


def test_no_rare_text_of_real_tables_is_stored(data_set: Path):
    data = RelationalData.from_dir(data_set)
    for name, frame in data.items():
        for column, codec in TableCodec.fit(frame, data.schema.tables[name]).codecs.items():
            buffer = io.BytesIO()
            torch.save(codec.state(), buffer)
            counts = frame[column].dropna().astype(str).value_counts()
            common = "\n".join(counts.index[counts >= 5])
            rare = counts.index[(counts < 5) & (counts.index.str.len() > 7)][:3000]
            told = [text for text in rare if text.encode() in buffer.getvalue() and text not in common]
            assert told == []


def test_real_tables(data_set: Path):
    data = RelationalData.from_dir(data_set)
    for name, frame in data.items():
        codec = TableCodec.fit(frame, data.schema.tables[name])
        tokens = codec.encode(frame)
        made = codec.decode(tokens, np.random.default_rng(0))
        for column, c in codec.codecs.items():
            assert made[column].isna().tolist() == frame[column].isna().tolist()
            before = np.zeros(len(frame), dtype=np.int64)
            for place, table in enumerate(c.allowed()):
                assert table[before, tokens[column][:, place]].all()
                before = tokens[column][:, place]
    assert json.loads((data_set / "schema.json").read_text())["tables"].keys() == data.keys()
