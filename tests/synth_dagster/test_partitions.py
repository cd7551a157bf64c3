"""Fact tables day by day: what is read, what is learned from, in which order, and what is remembered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml

from synth_dagster import (
    AutomationSettings,
    PartitionSettings,
    Store,
    SynthComponent,
    SynthTranslator,
    TableSpec,
    TrainingSettings,
)
from synth_dagster.assets.source import take_snapshot
from synth_dagster.synthesis import Synthesis
from synth_models import load_model
from synth_models.errors import SettingError

SynthDefs = Callable[..., dg.Definitions]
MODEL, ORDERS = dg.AssetKey(["shop", "model"]), dg.AssetKey(["shop", "source", "orders"])
DAILY = PartitionSettings(by="daily", start="2026-01-01", tables={"orders": "placed", "items": "order"})
NAMES = PartitionSettings(by="names", tables={"orders": "channel", "items": "order"})
DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]


@dataclass
class Twin:
    """A synthesis whose partitions are materialized one after the other."""

    file: Path
    build: SynthDefs
    instance: dg.DagsterInstance
    folder: Path

    @property
    def store(self) -> Store:
        return Store(root=str(self.folder / "store"))

    def defs(self, partitions: PartitionSettings, **options: Any) -> dg.Definitions:
        return self.build(self.file, partitions=partitions, training=TrainingSettings(n_epochs=5), **options)

    def run(self, part: str, partitions: PartitionSettings = DAILY, select: str = "source model") -> "Run":
        defs = self.defs(partitions)
        keys = [s.key for s in defs.resolve_all_asset_specs() if s.key.path[1] in select.split()]
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance, raise_on_error=False, asset_selection=keys, partition_key=part
        )
        failed = [event for event in result.all_events if event.is_step_failure]
        said = [
            e.step_failure_data.user_failure_data.description
            for e in failed
            if e.step_failure_data.user_failure_data
        ]
        assert result.success, said
        return Run(result)

    def change(self, *statements: str) -> None:
        with duckdb.connect(str(self.file)) as connection:
            for statement in statements:
                connection.execute(statement)


@dataclass
class Run:
    result: dg.ExecuteInProcessResult

    def metadata(self, key: dg.AssetKey) -> dict[str, Any]:
        (event,) = [e for e in self.result.get_asset_materialization_events() if e.asset_key == key]
        return {k: v.value for k, v in event.step_materialization_data.materialization.metadata.items()}


@pytest.fixture
def twin(shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> Iterator[Twin]:
    """A shop whose orders are of three days, by the user who has placed them; and of days to come."""
    with duckdb.connect(str(shop_file)) as connection:
        connection.execute(
            "UPDATE orders SET placed = TIMESTAMP '2026-01-01 08:00' "
            '+ to_hours((CASE WHEN "user" % 8 = 0 THEN 24 WHEN "user" % 8 = 1 THEN 48 ELSE 0 END)::INT), '
            "channel = CASE WHEN \"user\" % 8 = 0 THEN 'fair' ELSE 'web' END"
        )
    with dg.DagsterInstance.ephemeral() as instance:
        yield Twin(shop_file, synth_defs, instance, tmp_path)


def staged(twin: Twin) -> set[int]:
    return {day.day for day in twin.store.frame("source", "orders")["placed"]}


def test_a_run_reads_its_day_and_learns_on_from_what_is_new(twin: Twin) -> None:
    first = twin.run(DAYS[0])
    assert staged(twin) == {1}
    assert first.metadata(MODEL)["decision"] == "cold"
    parent = twin.store.current("model")
    assert parent is not None
    second = twin.run(DAYS[1])
    assert staged(twin) == {1, 2}
    source, model = second.metadata(ORDERS), second.metadata(MODEL)
    assert source["partitions read"] == [DAYS[1]]
    assert (source["partitions"], source["dagster/row_count"]) == (
        2,
        len(twin.store.frame("source", "orders")),
    )
    assert 0 < source["dagster/partition_row_count"] < source["dagster/row_count"]
    assert model["decision"] == "warm"
    assert model["lineage"]["partitions"] == DAYS[:2]
    assert model["lineage"]["parent"] == parent.version
    assert 0 < model["families new"] <= 40 / 8
    lineage = load_model(model["checkpoint"], "cpu").lineage
    assert (lineage["partitions"], lineage["parent"]) == (DAYS[:2], parent.version)
    assert twin.run(DAYS[1]).metadata(MODEL)["decision"] == "skip"


def test_a_source_that_is_ahead_is_not_learned_from_before_its_turn(twin: Twin) -> None:
    for day in DAYS[:2]:
        twin.run(day, select="source")
    first = twin.run(DAYS[0], select="model").metadata(MODEL)
    assert first["lineage"]["partitions"] == DAYS[:1]
    second = twin.run(DAYS[1], select="model").metadata(MODEL)
    assert (second["decision"], second["lineage"]["partitions"]) == ("warm", DAYS[:2])
    with pytest.raises(AssertionError, match=r"Nothing is staged of the partitions \['2026-01-03'\]"):
        twin.run(DAYS[2], select="model")


def test_rows_that_come_late_are_read_with_their_day_alone(twin: Twin) -> None:
    twin.run(DAYS[0], select="source")
    twin.run(DAYS[1], select="source")
    twin.change(
        'DELETE FROM items WHERE "order" IN (SELECT id FROM orders WHERE "user" % 8 = 0)',
        'DELETE FROM orders WHERE "user" % 8 = 0 AND id > (SELECT min(id) FROM orders WHERE "user" % 8 = 0)',
        "INSERT INTO orders SELECT 99999, min(id), TIMESTAMP '2026-01-02 09:00', 'web', 1.5 FROM users",
    )
    run = twin.run(DAYS[2], select="source")
    assert run.metadata(ORDERS)["partitions read"] == DAYS[1:]
    assert staged(twin) == {1, 2, 3}
    ids = set(twin.store.frame("source", "orders").query("placed.dt.day == 2")["id"])
    assert 99999 in ids
    assert len(ids) == 2  # what is gone from the warehouse is gone here
    assert twin.run(DAYS[2], select="source").metadata(ORDERS)["partitions read"] == []


def test_the_rows_are_those_of_one_look_at_everything(twin: Twin) -> None:
    """Parts read on their own, kept and put together are what the warehouse has, to the dtype."""
    for day in DAYS:
        twin.run(day, select="source")
    source = (twin.defs(DAILY).resources or {})["shop__source"]
    tables = {name: TableSpec() for name in ("users", "products", "orders", "items")}
    frames = take_snapshot(source, Synthesis(name="s", tables=tables, translator=SynthTranslator("s")))
    for table in ("orders", "items"):
        found = twin.store.frame("source", table).sort_values("id", ignore_index=True)
        expected = frames[table].sort_values("id", ignore_index=True)
        assert list(found.dtypes) == list(expected.dtypes)
        assert found.equals(expected)


def test_partitions_by_name_remember_in_the_event_log(twin: Twin) -> None:
    twin.instance.add_dynamic_partitions("shop__partitions", ["web", "fair"])
    assert twin.run("web", NAMES).metadata(MODEL)["decision"] == "cold"
    run = twin.run("fair", NAMES)
    assert run.metadata(ORDERS)["partitions read"] == ["fair"]
    assert run.metadata(MODEL)["decision"] == "warm"
    assert run.metadata(MODEL)["lineage"]["partitions"] == ["fair", "web"]


def test_what_is_lost_from_the_store_is_read_again(twin: Twin) -> None:
    """What partitions there are is what the event log says, whatever is staged."""
    twin.run(DAYS[0], select="source")
    twin.run(DAYS[1], select="source")
    (twin.folder / "store" / "source" / "orders.json").unlink()
    assert twin.run(DAYS[2], select="source").metadata(ORDERS)["partitions read"] == DAYS


def test_the_whole_synthesis_runs_for_a_day(twin: Twin) -> None:
    twin.run(DAYS[0], select="source model synthetic report published")
    with duckdb.connect(str(twin.folder / "out.duckdb"), read_only=True) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM synthetic.orders").fetchone() or (0,)
    assert rows == len(twin.store.frame("source", "orders"))


def test_backfills_go_in_order(twin: Twin) -> None:
    graph = twin.defs(DAILY).resolve_asset_graph()
    for key in (MODEL, ORDERS):
        node = graph.get(key)
        parents = {MODEL, *(node.parent_keys - {MODEL})} if key == MODEL else {ORDERS}
        assert node.parent_keys == parents  # itself, and no other table of the source
        assert node.backfill_policy == dg.BackfillPolicy.multi_run(1)  # type: ignore[attr-defined]
        mapping = node.partition_mappings[key]
        assert mapping == dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)


def test_a_schedule_asks_for_the_last_day_that_has_ended(twin: Twin) -> None:
    defs = twin.defs(DAILY, automation=AutomationSettings(cron="0 3 * * *"))
    (schedule,) = defs.schedules or []
    assert isinstance(schedule, dg.ScheduleDefinition)
    with dg.build_schedule_context(
        instance=twin.instance,
        scheduled_execution_time=datetime(2026, 1, 3, 3),
        repository_def=defs.get_repository_def(),
    ) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or []
    assert request.partition_key == "2026-01-02"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("{start: '2026-13-01', tables: {orders: placed}}", "partitions.start: '2026-13-01' is no date"),
        ("{tables: {orders: placed}}", "partitions.start: 'None' is no date"),
        ("{start: '2026-01-01', tables: {}}", "partitions.tables: there are none"),
        ("{by: names, tables: {ordesr: placed}}", "'ordesr' is not among the tables"),
        ("{by: weekly, tables: {orders: placed}}", "'daily', 'monthly' or 'names'"),
    ],
)
def test_partitions_that_make_no_sense_are_refused(wrong: str, says: str) -> None:
    text = f"{{name: s, source: {{database: s.duckdb}}, tables: [orders], partitions: {wrong}}}"
    with pytest.raises(Exception, match=says):
        dg.build_defs_for_component(SynthComponent.resolve_from_dict(yaml.safe_load(text)))


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"orders": "plcaed"}, "Table 'orders': its partitions are to be told by 'plcaed'"),
        ({"items": "order", "orders": "nothing"}, "to be told by 'nothing'"),
    ],
)
def test_columns_that_are_not_there_are_told_with_all_else(twin: Twin, tables: Any, says: str) -> None:
    wrong = PartitionSettings(start="2026-01-01", tables=tables)
    with pytest.raises(AssertionError, match=says):
        twin.run(DAYS[0], wrong, select="source")


def test_what_the_clock_cannot_tell_is_refused(twin: Twin) -> None:
    with pytest.raises(SettingError, match="knows no partitions by name"):
        twin.defs(NAMES, automation=AutomationSettings(cron="0 3 * * *"))
    with pytest.raises(SettingError, match="cannot tell partitions"):
        twin.defs(DAILY, automation=AutomationSettings(when_changed_s=60))
