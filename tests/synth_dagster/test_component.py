"""YAML and Python make the same definitions; both say what is wrong."""

import json
import textwrap
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.execution.api import create_execution_plan

from synth_dagster import (
    DuckDBWarehouse,
    LocalCompute,
    Role,
    SynthComponent,
    SynthTranslator,
    TableSpec,
    TrainingSettings,
    build_synth_defs,
)
from synth_dagster.synthesis import Results, Work
from synth_dagster.warehouse.folder import FolderWarehouse
from synth_dagster.warehouse.postgres import PostgresWarehouse
from synth_models.errors import SettingError

# Dagster itself calls pydantic's deprecated parse_obj_as, and builds checks with parameters it calls beta.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`parse_obj_as` is deprecated"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]

YAML = """
name: shop
source: {database: shop.duckdb}
destination: {database: out.duckdb, schema_name: synthetic}
tables: {users: , orders: {columns: {total: categorical}, leave_out: [note]}}
keep: [users]
training: {n_epochs: 7}
owners: [team:data]
tags: {domain: sales}
"""


def component(text: str = YAML) -> SynthComponent:
    return SynthComponent.resolve_from_dict(yaml.safe_load(text))


def described(defs: dg.Definitions) -> dict[str, object]:
    specs = {
        spec.key.to_user_string(): (
            sorted(d.asset_key.to_user_string() for d in spec.deps),
            spec.owners,
            spec.tags,
        )
        for spec in defs.resolve_all_asset_specs()
    }
    graph = defs.resolve_asset_graph()
    checks = sorted(str(key.to_user_string()) for key in graph.asset_check_keys)
    return {"specs": specs, "checks": checks, "resources": sorted(defs.resources or {})}


def test_yaml_and_python_make_the_same_definitions() -> None:
    from_python = build_synth_defs(
        "shop",
        DuckDBWarehouse(database="shop.duckdb"),
        DuckDBWarehouse(database="out.duckdb", schema_name="synthetic"),
        tables={"users": None, "orders": TableSpec(columns={"total": "categorical"}, leave_out=["note"])},
        keep=["users"],
        training=TrainingSettings(n_epochs=7),
        translator=SynthTranslator("shop", owners=["team:data"], tags={"domain": "sales"}),
    )
    from_yaml = dg.build_defs_for_component(component())
    assert described(from_yaml) == described(from_python)
    assert from_yaml.resources == from_python.resources


def test_the_graph_is_source_model_synthetic_report_published() -> None:
    specs = described(dg.build_defs_for_component(component()))["specs"]
    assert isinstance(specs, dict)
    assert {key: deps for key, (deps, _, _) in specs.items()} == {
        "shop/source/users": [],
        "shop/source/orders": [],
        "shop/model": ["shop/source/orders", "shop/source/users"],
        "shop/synthetic/orders": ["shop/model"],
        "shop/report": ["shop/model", "shop/synthetic/orders"],
        "shop/published/users": ["shop/report", "shop/source/users"],
        "shop/published/orders": ["shop/report", "shop/synthetic/orders"],
    }


def test_which_checks_gate_and_which_ops_want_the_gpu() -> None:
    defs = dg.build_defs_for_component(component())
    graph = defs.resolve_asset_graph()
    blocking = {
        key.to_user_string(): graph.get(key).blocking  # type: ignore[attr-defined]
        for key in graph.asset_check_keys
    }
    assert blocking == {
        "shop/source/users:validity": False,
        "shop/source/orders:validity": False,
        "shop/synthetic/orders:validity": True,
        "shop/synthetic/orders:ranges": False,
        "shop/report:privacy": True,
        "shop/report:fidelity": False,
    }
    job = defs.resolve_implicit_global_asset_job_def()
    pools = {node.name: node.definition.pool for node in job.nodes}  # type: ignore[union-attr]
    assert {name for name, pool in pools.items() if pool == "gpu"} == {"shop__model", "shop__synthetic"}


def test_the_settings_of_yaml_are_the_defaults_of_a_launch() -> None:
    job = dg.build_defs_for_component(component()).resolve_implicit_global_asset_job_def()
    fields = job.get_node_named("shop__model").definition.config_field.config_type.fields  # type: ignore[union-attr]
    assert fields["n_epochs"].default_value == 7
    assert "seed" in fields["seed"].description


def test_definitions_load_without_the_database() -> None:
    dg.Definitions.validate_loadable(dg.build_defs_for_component(component()))


def test_without_tables_all_of_the_source_are_taken(shop_file: Path, tmp_path: Path) -> None:
    text = f"{{name: all, source: {{database: '{shop_file}'}}, store: '{tmp_path}/store'}}"
    specs = described(dg.build_defs_for_component(component(text)))["specs"]
    assert isinstance(specs, dict)
    assert {key for key in specs if key.startswith("all/source")} == {
        f"all/source/{table}" for table in ("users", "products", "orders", "items")
    }


def test_two_syntheses_live_in_one_code_location() -> None:
    one, two = (
        dg.build_defs_for_component(component(YAML.replace("name: shop", f"name: {name}"))) for name in "ab"
    )
    merged = dg.Definitions.merge(one, two)
    dg.Definitions.validate_loadable(merged)
    assert len(list(merged.resolve_all_asset_specs())) == 14


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("trainin: {}", "Extra inputs are not permitted"),
        ("training: {epochs: 3}", "Extra inputs are not permitted"),
        ("training: {lr: 0}", "greater than 0"),
        ("compute: {threads: 0}", "greater than or equal to 1"),
        ("tables: {users: {colums: {}}}", "Extra inputs are not permitted"),
        ("keep: [usres]", "did you mean 'users'"),
        ("name: my shop", "must be letters"),
        ("sampling: {mode: new_fks}", "sample_fks"),
        ("publish: {keep: -1}", "greater than or equal to 0"),
        (
            "{publish: {keep: 1}, destination: {type: sqlalchemy, url: 'sqlite:///out.db'}}",
            "publish.keep: .* keeps no old versions",
        ),
    ],
)
def test_yaml_that_makes_no_sense_is_refused(wrong: str, says: str) -> None:
    attributes = yaml.safe_load(YAML) | yaml.safe_load(wrong)
    with pytest.raises(Exception, match=says):
        dg.build_defs_for_component(SynthComponent.resolve_from_dict(attributes))


def test_a_component_of_a_project_is_found_by_its_type(tmp_path: Path) -> None:
    from dagster.components.testing import create_defs_folder_sandbox

    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(
            SynthComponent,
            defs_yaml_contents={"type": "synth_dagster.SynthComponent", "attributes": yaml.safe_load(YAML)},
        )
        with sandbox.load_component_and_build_defs(defs_path=path) as (found, defs):
            assert isinstance(found, SynthComponent)
            assert dg.AssetKey(["shop", "model"]) in {spec.key for spec in defs.resolve_all_asset_specs()}


def test_a_scaffolded_component_loads_as_it_is() -> None:
    from dagster.components.testing import create_defs_folder_sandbox

    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(SynthComponent, defs_path="my-shop")
        with sandbox.load_component_and_build_defs(defs_path=path) as (found, defs):
            assert isinstance(found, SynthComponent)
            assert dg.AssetKey(["my_shop", "published", "your_table"]) in {
                spec.key for spec in defs.resolve_all_asset_specs()
            }


def test_a_translator_is_overridden_by_subclassing() -> None:
    class Mine(SynthComponent):
        def translator(self) -> SynthTranslator:
            return SynthTranslator(self.name, group="mine")

    defs = dg.build_defs_for_component(Mine.resolve_from_dict(yaml.safe_load(textwrap.dedent(YAML))))
    assert {spec.group_name for spec in defs.resolve_all_asset_specs()} == {"mine"}


SECRET = "very-secret-value"
POSTGRES = """
name: shop
source: {type: postgres, host: {env: PG_HOST}, port: 5433, database: shop, password: {env: PG_PASSWORD}}
destination: {type: folder, path: "s3://lake/{{ shop_folder }}", format: csv}
tables: [users]
"""


def test_yaml_chooses_the_kind_of_warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_PASSWORD", SECRET)
    monkeypatch.setenv("PG_HOST", "db.example.com")
    context = dg.ResolutionContext.default().with_scope(shop_folder="twin")
    found = SynthComponent.resolve_from_model(context, SynthComponent.model()(**yaml.safe_load(POSTGRES)))
    assert isinstance(found.source, PostgresWarehouse)
    assert isinstance(found.destination, FolderWarehouse)
    assert found.destination.place("users") == "s3://lake/twin: users"
    assert found.source.password == dg.EnvVar("PG_PASSWORD")
    specs = {
        s.key.to_user_string(): s.kinds for s in dg.build_defs_for_component(found).resolve_all_asset_specs()
    }
    assert specs["shop/source/users"] == {"postgres", "table"}
    assert specs["shop/published/users"] == {"file", "table"}
    ready = found.source.process_config_and_initialize()
    assert ready.place("users") == "db.example.com:5433/shop: public.users"
    assert ready.password == SECRET


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{type: postgress, database: shop}", "postgress"),
        ("{type: postgres, databas: shop}", "Extra inputs are not permitted"),
        ("{type: postgres, port: many}", "valid integer"),
        (f"{{type: postgres, password: {SECRET}}}", "password"),
        ("{type: duckdb}", "Field required"),
    ],
)
def test_a_warehouse_that_makes_no_sense_is_refused(source: str, says: str) -> None:
    attributes = yaml.safe_load(YAML) | {"source": yaml.safe_load(source)}
    with pytest.raises(Exception, match=says) as caught:
        SynthComponent.resolve_from_dict(attributes)
    assert "source" in str(caught.value)


def test_secrets_that_are_written_out_are_refused() -> None:
    source = PostgresWarehouse(database="shop", password=SECRET)
    with pytest.raises(SettingError, match=r"source.password: a secret is written out") as caught:
        build_synth_defs("shop", source, DuckDBWarehouse(database="o.duckdb"), tables=["a"])
    assert SECRET not in str(caught.value)
    hidden = PostgresWarehouse(database="shop", password=dg.EnvVar("PG_PASSWORD"))
    build_synth_defs("shop", hidden, DuckDBWarehouse(database="o.duckdb"), tables=["a"])


MORE = """
exclude: [tmp_*]
retraining: {mode: cold, replay: 0.5}
compute: {device: auto, threads: 1, precision: bf16, memory_gib: 4, keep_every_s: 10}
automation: {cron: "0 3 * * *", timezone: Europe/Rome, when_changed_s: 300, running: false}
freshness: {fail_hours: 26, warn_hours: 25}
retry: {max_retries: 2, delay_s: 60, backoff: exponential}
kinds: [snowman]
end_dead_runs: false
pool: big
op_tags:
  team: x
  dagster-k8s/config:
    container_config: {resources: {limits: {nvidia.com/gpu: "1"}}, env: [{name: N, value: "{{ env.TEAM }}"}]}
    pod_spec_config: {node_selector: {zone: "7"}}
  dagster-ray/config: {num_gpus: 1, runtime_env: {env_vars: {A: "1"}}}
"""


def test_everything_that_is_set_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM", "x")
    defs = dg.build_defs_for_component(component(YAML + MORE))
    job = defs.resolve_implicit_global_asset_job_def()
    model = job.get_node_named("shop__model").definition
    assert (model.pool, model.tags["team"]) == ("big", "x")  # type: ignore[union-attr]
    assert model.retry_policy == dg.RetryPolicy(  # type: ignore[union-attr]
        max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL
    )
    compute = (defs.resources or {})["shop__compute"]
    assert (compute.memory_gib, compute.keep_every_s, compute.precision) == (4, 10, "bf16")
    (schedule,) = defs.schedules or []
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 3 * * *", "Europe/Rome")  # type: ignore[union-attr]
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED  # type: ignore[union-attr]
    (sensor,) = defs.sensors or []  # and none for dead runs
    assert sensor.minimum_interval_seconds == 300
    for spec in defs.resolve_all_asset_specs():
        assert "snowman" in spec.kinds
        assert len(spec.kinds) <= 3
        assert (spec.freshness_policy is not None) == (spec.key.path[1] == "published")


def test_tags_reach_the_steps_that_train_and_sample_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the executors find them that read them: on the steps of the plan, texts still texts."""
    monkeypatch.setenv("TEAM", "x")
    defs = dg.build_defs_for_component(component(YAML + MORE))
    for job in (defs.resolve_implicit_global_asset_job_def(), defs.resolve_job_def("shop__refresh")):
        steps = {step.key: dict(step.tags) for step in create_execution_plan(job).step_dict_by_key.values()}
        tagged = {key: tags for key, tags in steps.items() if "team" in tags}
        assert set(tagged) == {"shop__model", "shop__synthetic"}
        for tags in tagged.values():
            assert json.loads(tags["dagster-ray/config"]) == {
                "num_gpus": 1,
                "runtime_env": {"env_vars": {"A": "1"}},
            }
            assert json.loads(tags["dagster-k8s/config"]) == {
                "container_config": {
                    "resources": {"limits": {"nvidia.com/gpu": "1"}},
                    "env": [{"name": "N", "value": "x"}],
                },
                "pod_spec_config": {"node_selector": {"zone": "7"}},
            }


def test_the_job_of_a_schedule_has_every_asset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM", "x")
    defs = dg.build_defs_for_component(component(YAML + MORE))
    job = defs.resolve_job_def("shop__refresh")
    assert len(job.asset_layer.executable_asset_keys) == 7


def test_conditions_refresh_the_source_by_the_clock_and_the_rest_when_it_is_new() -> None:
    text = YAML + 'automation: {cron: "0 3 * * *", by: conditions}'
    defs = dg.build_defs_for_component(component(text))
    assert not defs.schedules
    found = {s.key.path[1]: s.automation_condition for s in defs.resolve_all_asset_specs()}
    assert found["source"] == dg.AutomationCondition.on_cron("0 3 * * *", "UTC")
    assert found["model"] == found["published"] == dg.AutomationCondition.eager()


def test_translation_in_yaml_renames_assets_and_what_is_below_them_follows() -> None:
    text = YAML + (
        "translation:\n"
        "  key: \"warehouse/{{ node.role }}{{ '/' ~ node.table if node.table else '' }}\"\n"
        "  group_name: twins\n"
    )
    context = dg.ResolutionContext.default()
    found = SynthComponent.resolve_from_model(context, SynthComponent.model()(**yaml.safe_load(text)))
    defs = dg.build_defs_for_component(found)
    specs = {s.key.to_user_string(): s for s in defs.resolve_all_asset_specs()}
    assert {d.asset_key.to_user_string() for d in specs["warehouse/model"].deps} == {
        "warehouse/source/users",
        "warehouse/source/orders",
    }
    assert {s.group_name for s in specs.values()} == {"twins"}
    dg.Definitions.validate_loadable(defs)


def test_tables_are_chosen_by_patterns(shop_file: Path, tmp_path: Path) -> None:
    base = f"{{name: all, source: {{database: '{shop_file}'}}, store: '{tmp_path}/store', "
    for chosen, tables in (
        ("tables: ['*s'], exclude: [items, 'p*']}", {"users", "orders"}),
        ("exclude: [items]}", {"users", "products", "orders"}),
        ("tables: {users: {leave_out: [age]}, 'o*': }}", {"users", "orders"}),
    ):
        specs = described(dg.build_defs_for_component(component(base + chosen)))["specs"]
        assert isinstance(specs, dict)
        assert {k.split("/")[2] for k in specs if k.startswith("all/source")} == tables


def test_where_the_work_runs_is_overridden_by_subclassing() -> None:
    class Mine(SynthComponent):
        def computing(self) -> LocalCompute:
            return LocalCompute(device="cpu", threads=3)

    defs = dg.build_defs_for_component(Mine.resolve_from_dict(yaml.safe_load(YAML)))
    assert (defs.resources or {})["shop__compute"].threads == 3


def test_the_work_of_every_op_is_wrapped_by_subclassing(shop_file: Path, tmp_path: Path) -> None:
    class Mine(SynthComponent):
        def execute(self, context: dg.AssetExecutionContext, role: Role, work: Work) -> Results:
            context.log.info(f"before {role}")
            for result in work(context):
                yield result._replace(metadata={**(result.metadata or {}), "mine": role.value})

    text = f"{{name: shop, source: {{database: '{shop_file}'}}, store: '{tmp_path}/store', tables: [users]}}"
    defs = dg.build_defs_for_component(Mine.resolve_from_dict(yaml.safe_load(text)))
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey(["shop", "source", "users"])]
        )
        said = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert "before source" in said
    (event,) = result.get_asset_materialization_events()
    assert event.step_materialization_data.materialization.metadata["mine"].value == "source"


def test_every_line_of_the_scaffold_that_is_commented_out_is_valid() -> None:
    from dagster.components.testing import create_defs_folder_sandbox

    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(SynthComponent, defs_path="shop")
        file = path / "defs.yaml"
        text = file.read_text()
        head, _, optional = text.partition("tells all there is.\n")
        file.write_text(head + "\n" + optional.replace("\n  # ", "\n  ").replace("  #\n", "\n"))
        with sandbox.load_component_and_build_defs(defs_path=path) as (found, defs):
            assert isinstance(found, SynthComponent)
            assert found.retry is not None
            assert found.retraining.max_warm == 30
            assert found.owners == ["team:data"]
            assert [schedule.name for schedule in defs.schedules or []] == ["shop__schedule"]
