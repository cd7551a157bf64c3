"""The store: what is staged, committed and noted, on a folder and on another file system."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pytest

from synth_dagster.facts import TableFacts
from synth_dagster.failure import StaleError
from synth_dagster.store import Store
from synth_models.data.relational import RelationalData


def staged(name: str = "a table / of ours", version: str = "v1", rows: int = 3) -> pd.DataFrame:
    frame = pd.DataFrame({"id": range(rows), "word": [f"w{row}" for row in range(rows)]})
    facts = TableFacts(
        name=name,
        version=version,
        rows=rows,
        table={
            "primary_key": "id",
            "foreign_keys": [],
            "columns": {"id": {"type": "key"}, "word": {"type": "text"}},
        },
        sql={"id": ("INTEGER", False), "word": ("VARCHAR", True)},
    )
    return facts.attach(frame)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(
        root=str(tmp_path / "store") if request.param == "folder" else f"memory://{uuid4().hex}/store"
    )


def test_a_staged_table_comes_back_with_its_facts(store: Store) -> None:
    store.stage("source", staged())
    frame = store.frame("source", "a table / of ours")
    pd.testing.assert_frame_equal(frame, staged())
    assert TableFacts.of(frame) == TableFacts.of(staged()) == store.facts("source", "a table / of ours")


def test_only_the_current_version_is_kept(store: Store) -> None:
    for version, rows in (("v1", 3), ("v2", 5), ("v2", 4)):
        store.stage("source", staged(version=version, rows=rows))
    assert len(store.frame("source", "a table / of ours")) == 4
    folder = store._at.path("source", "a table / of ours")
    assert [path.name for path in store._at.listed(folder)] == ["v2.parquet"]


def test_kinds_and_tables_are_apart(store: Store) -> None:
    store.stage("source", staged("a", "v1"))
    store.stage("synthetic", staged("a", "v2"))
    store.stage("synthetic", staged("b", "v3"))
    found = [
        store.facts(kind, name) for kind, name in (("source", "a"), ("synthetic", "a"), ("synthetic", "b"))
    ]
    assert [facts.version for facts in found if facts] == ["v1", "v2", "v3"]
    assert store.facts("source", "b") is None


def test_what_is_not_staged_is_named(store: Store) -> None:
    store.stage("source", staged("a"))
    with pytest.raises(StaleError, match=r"Nothing is staged of the source tables \['b', 'c'\]. Do this."):
        store.facts_of("source", ["a", "b", "c"], "Do this.")
    with pytest.raises(StaleError, match="does not say which table it is"):
        store.stage("source", pd.DataFrame({"x": [1]}))


def test_tables_are_checked_out_as_the_library_reads_them(store: Store, tmp_path: Path) -> None:
    for name in ("a", "an odd/name"):
        store.stage("source", staged(name))
    facts = store.facts_of("source", ["a", "an odd/name"], "")
    store.check_out(tmp_path / "out", {"source": facts.values()})
    data = RelationalData.from_dir(tmp_path / "out")
    assert data.n_rows == {"a": 3, "an odd/name": 3}
    assert data["a"]["word"].tolist() == ["w0", "w1", "w2"]


def result(folder: Path, text: str) -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "model.pt").write_text(text)
    (folder / "deep" / "log").write_text(text)
    return folder


def test_a_folder_is_committed_and_fetched(store: Store, tmp_path: Path) -> None:
    assert store.current("model") is None
    with pytest.raises(StaleError, match="There is no model yet"):
        store.fetch("model", "model.pt", tmp_path)
    for version in ("v1", "v2"):
        with store.scratch() as scratch:
            made = store.commit("model", version, result(scratch / "r", version), {"rows": 3})
    current = store.current("model")
    assert current is not None
    assert (current.version, current.info, current.place) == ("v2", {"rows": 3}, made.place)
    assert store.fetch("model", "model.pt", tmp_path).read_text() == "v2"
    assert [path.name for path in store._at.listed(store._at.path("model"))] == ["v2"]


def test_a_version_that_never_became_current_is_replaced(store: Store, tmp_path: Path) -> None:
    store.commit("model", "v1", result(tmp_path / "1", "old"), {})
    left = store._at.path("model") / "v2"  # as somebody leaves it who dies before it became current
    store._at.put(result(tmp_path / "2", "left"), left)
    current = store.current("model")
    assert current is not None
    assert current.version == "v1"
    store.commit("model", "v2", result(tmp_path / "3", "new"), {})
    assert store.fetch("model", "model.pt", tmp_path).read_text() == "new"


def test_notes_are_kept(store: Store) -> None:
    assert store.noted("validity of a/b") is None
    store.note("validity of a/b", {"passed": True})
    assert store.noted("validity of a/b") == {"passed": True}


def test_scratch_is_gone_afterwards_and_clears_what_the_dead_left(tmp_path: Path) -> None:
    store = Store(root=str(tmp_path))
    leave = (
        "import os, sys; from synth_dagster.store import Store\n"
        "with Store(root=sys.argv[1]).scratch() as folder:\n"
        "    (folder / 'rows.parquet').write_text('rows'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", leave, str(tmp_path)], check=False)
    (left,) = (tmp_path / ".scratch").iterdir()
    with store.scratch() as mine:
        assert not left.exists()
        with store.scratch() as other:  # a living process's folders stay
            assert mine.exists()
            assert other != mine
        assert (mine.stat().st_mode & 0o077) == 0
    assert list((tmp_path / ".scratch").iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Exception, match="cannot be written"):
        Store(root=str(tmp_path / "x")).note("a", {})


def test_a_store_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="cannot be written"):
        Store(root=str(tmp_path / "file")).note("a", {})


def test_a_staged_table_comes_as_a_stream(store: Store) -> None:
    store.stage("source", staged(rows=200_000))
    stream = store.batches("source", "a table / of ours")
    batches = list(stream)
    assert len(batches) > 1
    assert pa.Table.from_batches(batches).to_pandas().equals(pd.DataFrame(staged(rows=200_000)))
    with pytest.raises(StaleError, match="Nothing is staged"):
        store.batches("source", "other")


def divided(parts: dict[str, tuple[str, int]], division: str = "by day", word: str = "w") -> pd.DataFrame:
    """A table with these parts: version and rows of each."""
    frame = staged("t", rows=0)
    rows = pd.concat([pd.DataFrame({"id": range(n), "word": f"{word} {p}"}) for p, (_, n) in parts.items()])
    facts = TableFacts.of(frame).divided(parts, division=division)
    return facts.attach(rows.reset_index(drop=True))


def test_parts_are_staged_one_by_one(store: Store) -> None:
    store.stage("source", divided({"2026-01-01": ("v1", 2), "a part / of ours": ("v1", 1)}))
    store.stage("source", divided({"2026-01-02": ("v1", 3)}))  # who did not know of the others
    facts = store.facts("source", "t")
    assert facts is not None
    assert facts.parts == {"2026-01-01": ("v1", 2), "2026-01-02": ("v1", 3), "a part / of ours": ("v1", 1)}
    frame = store.frame("source", "t")
    assert TableFacts.of(frame) == facts
    assert len(frame) == facts.rows == 6
    store.stage("source", divided({"2026-01-01": ("v2", 1)}))
    found = store.frame("source", "t")["word"].tolist()
    assert found == ["w 2026-01-01", *["w 2026-01-02"] * 3, "w a part / of ours"]
    assert sum(batch.num_rows for batch in store.batches("source", "t")) == 5
    assert len(store._at.listed(store._at.path("source", "t"))) == 3


def test_parts_of_what_the_table_was_before_do_not_count(store: Store) -> None:
    store.stage("source", divided({"2026-01-01": ("v1", 2), "2026-01-02": ("v1", 2)}))
    store.stage("source", divided({"2026-01": ("v1", 4)}, division="by month"))
    facts = store.facts("source", "t")
    assert facts is not None
    assert list(facts.parts) == ["2026-01"]
    assert len(store._at.listed(store._at.path("source", "t"))) == 1


def test_chosen_parts_are_checked_out_as_they_were_told(store: Store, tmp_path: Path) -> None:
    store.stage("source", divided({"a": ("v1", 2), "b": ("v1", 1)}))
    facts = store.facts_of("source", ["t"], "")["t"]
    store.check_out(tmp_path / "one", {"source": [facts.taken({"a"})]})
    assert RelationalData.from_dir(tmp_path / "one")["t"]["word"].tolist() == ["w a", "w a"]
    store.stage("source", divided({"a": ("v2", 2)}))
    with pytest.raises(StaleError, match=r"partitions \['a'\] of 't' were read again"):
        store.check_out(tmp_path / "two", {"source": [facts.taken({"a"})]})


STAGING = """
import sys
import pandas as pd
from synth_dagster.facts import TableFacts
from synth_dagster.store import Store
store, who = Store(root=sys.argv[1]), sys.argv[2]
table = {"columns": {"id": {"type": "key"}}}
for number in range(60):
    facts = TableFacts(name="t", version=f"{who}{number}", rows=1, table=table, sql={"id": ("INT", True)})
    store.stage("source", facts.attach(pd.DataFrame({"id": [number]})))
    store.frame("source", "t")
"""


def test_who_stages_a_table_at_once_with_another_leaves_it_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STAGING, str(tmp_path)]
    runs = [subprocess.Popen([*command, who], stderr=subprocess.PIPE) for who in "ab"]
    said = [run.communicate(timeout=240)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert Store(root=str(tmp_path)).frame("source", "t")["id"].tolist() == [59]
