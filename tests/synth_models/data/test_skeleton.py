"""Families are chosen by keys and digests: what is read then is what was chosen, and no more."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import RelationalData, Schema, Table
from synth_models.data.digests import DIGEST, row_digests
from synth_models.data.skeleton import Skeleton
from synth_models.data.topology import family_keys
from synth_models.testing import shop


def in_parts(data: RelationalData, folder: Path, rows: int = 37) -> Path:
    """A folder with a folder per table, in which every file has so many rows, with digests."""
    described = data.schema.to_dict()
    for name, frame in data.items():
        (folder / name).mkdir(parents=True)
        described["tables"][name]["file"] = name
        for start in range(0, len(frame), rows):
            part = frame.iloc[start : start + rows]
            part = part.assign(**{DIGEST: row_digests(part)})
            part.to_parquet(folder / name / f"{start:05}.parquet", index=False, row_group_size=8)
    (folder / "schema.json").write_text(json.dumps(described))
    return folder


@pytest.mark.parametrize("form", ["parts", "parquet", "csv"])
def test_what_is_read_is_what_was_chosen(form: str, tmp_path: Path) -> None:
    data, folder = shop(120), tmp_path / "shop"
    if form == "parts":
        in_parts(data, folder)
    else:
        data.to_dir(folder, format=form)
    whole = RelationalData.from_dir(folder)
    bare = Skeleton.read(folder, family_keys(whole))
    learned, held_out = bare.split(0.8, seed=1)
    random = np.random.default_rng(0)
    some = learned.begun(lambda name: random.random(learned.n_rows[name]) < 0.2)
    assert 0 < some.n_rows["items"] < learned.n_rows["items"] < len(whole["items"])
    for part, taken in ((learned, whole.split(0.8, seed=1, by_key=True)[0]), (held_out, held_out.of(whole))):
        for name, frame in part.load().items():
            pd.testing.assert_frame_equal(frame, taken[name])
    for name, frame in some.load().items():
        pd.testing.assert_frame_equal(frame, some.of(whole)[name], check_dtype=False)


def test_rows_without_a_key_are_told_by_their_digest(tmp_path: Path) -> None:
    rows = RelationalData({"a": pd.DataFrame({"x": range(200)})}, Schema({"a": Table({"x": "integer"})}))
    bare = Skeleton.read(in_parts(rows, tmp_path / "a"), {"a": None})
    assert list(bare.keys["a"]) == [DIGEST]
    fewer = RelationalData({"a": rows["a"].iloc[:150]}, rows.schema)
    before = Skeleton.read(in_parts(fewer, tmp_path / "b"), {"a": None})
    now, then = bare.split(0.8, seed=0)[0].load()["a"], before.split(0.8, seed=0)[0].load()["a"]
    assert set(then["x"]) == {x for x in now["x"] if x < 150}


def test_missing_values_in_one_part_leave_the_digests_of_another(tmp_path: Path) -> None:
    """A column that has none is of another dtype."""
    full, holey = (pd.DataFrame({"x": pd.array([1, 2, third], dtype="Int64")}) for third in (3, None))
    assert row_digests(full.astype("int64"))[:2].tolist() == row_digests(holey)[:2].tolist()


MEASURED = """
import sys
from pathlib import Path
from synth_models import RelationalData
from synth_models.data.replay import families_of, replay
from synth_models.data.skeleton import Skeleton

def peak():  # of this process alone: what getrusage tells begins with that of its parent
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) // 1024

folder, way = Path(sys.argv[1]), sys.argv[2]
before = peak()
if way == "whole":
    rows = len(RelationalData.from_dir(folder)["sales"])
else:
    bare = Skeleton.read(folder, {"shops": None, "sales": "shop"})
    known = {"shops": families_of(bare)["shops"][10:]}
    rows = len(replay(bare, known, 0.0, seed=0).chosen.load()["sales"])
print(rows, peak() - before)
"""


def test_memory_is_for_keys_and_what_was_chosen(tmp_path: Path) -> None:
    """Ten families that have changed, among two million rows."""
    rows, shops, random = 2_000_000, 20_000, np.random.default_rng(0)
    schema = Schema(
        {
            "shops": Table({"id": "key"}, "id"),
            "sales": Table(
                {"id": "key", "shop": "key", "said": "text", **{f"x{i}": "numeric" for i in range(8)}},
                "id",
                {"shop": "shops"},
            ),
        }
    )
    words = np.array([f"what somebody has said of the sale, number {n}" for n in range(5000)], dtype=object)
    sales = {"id": np.arange(rows), "shop": np.sort(random.integers(0, shops, rows))}
    sales |= {"said": random.choice(words, rows)} | {f"x{i}": random.random(rows) for i in range(8)}
    frames = {"shops": pd.DataFrame({"id": np.arange(shops)}), "sales": pd.DataFrame(sales)}
    folder = tmp_path / "sales"
    described = schema.to_dict()
    for name, frame in frames.items():
        described["tables"][name]["file"] = name
        (folder / name).mkdir(parents=True)
        for part in range(20):
            some = frame.iloc[part * len(frame) // 20 : (part + 1) * len(frame) // 20]
            some = some.assign(**{DIGEST: row_digests(some)})
            some.to_parquet(folder / name / f"{part:02}.parquet", index=False)
    (folder / "schema.json").write_text(json.dumps(described))
    told = {}
    for way in ("whole", "few"):
        command = [sys.executable, "-c", MEASURED, str(folder), way]
        read, mib = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        told[way] = (int(read), int(mib))
    assert told["whole"][0] == rows
    assert 0 < told["few"][0] < rows / 1000
    assert told["few"][1] < told["whole"][1] / 3
