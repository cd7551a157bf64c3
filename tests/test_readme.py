"""What a newcomer copies from the README works."""

import json
import re
import shlex
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml
from dagster.components.testing import create_defs_folder_sandbox

from synth_dagster import SynthComponent
from synth_models.cli.parser import make_parser
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.testing import shop

ROOT = Path(__file__).parents[1]


def blocks(language: str) -> list[str]:
    """The code blocks of that language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line]) <= 10
    monkeypatch.chdir(tmp_path)
    shop(rows=60).to_dir("shop")
    names: dict[str, object] = {}
    exec(code, names)
    made = RelationalData.from_dir(tmp_path / "synthetic")
    train = names["train"]
    assert isinstance(train, RelationalData)
    assert made.n_rows == train.n_rows
    assert (tmp_path / "report" / "report.pdf").stat().st_size > 10_000
    assert (tmp_path / "report" / "report.json").is_file()


def test_the_schema_is_one() -> None:
    (text,) = blocks("json")
    assert set(Schema.from_dict(json.loads(text)).tables) == {"users", "orders"}


def make_warehouse(file: Path) -> None:
    """The shop as a DuckDB file that declares its keys."""
    data = shop(rows=60)
    with duckdb.connect(str(file)) as connection:
        for name, table in data.schema.tables.items():
            frame = data[name]
            kinds = {c: "VARCHAR" if frame[c].dtype == object else "DOUBLE" for c in frame}
            kinds |= {c: "BIGINT" for c in frame if frame[c].dtype == "int64"}
            kinds |= {c: "TIMESTAMP" for c in frame if frame[c].dtype == "datetime64[ns]"}
            kinds |= {c: "BOOLEAN" for c in frame if frame[c].dtype == bool}
            lines = [f'"{column}" {kind}' for column, kind in kinds.items()]
            lines.append(f'PRIMARY KEY ("{table.primary_key}")')
            lines += [f'FOREIGN KEY ("{key.name}") REFERENCES {key.parent}' for key in table.foreign_keys]
            connection.execute(f"CREATE TABLE {name} ({', '.join(lines)})")
            connection.execute(f"INSERT INTO {name} SELECT * FROM frame")


def test_the_yaml_reads_a_duckdb_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = blocks("yaml")
    assert len(text.splitlines()) <= 10
    monkeypatch.chdir(tmp_path)
    make_warehouse(tmp_path / "shop.duckdb")
    with create_defs_folder_sandbox() as sandbox:
        folder = sandbox.scaffold_component(
            component_cls=SynthComponent, defs_yaml_contents=yaml.safe_load(text)
        )
        with sandbox.load_component_and_build_defs(defs_path=folder) as (component, defs):
            assert isinstance(component, SynthComponent)
            dg.Definitions.validate_loadable(defs)
            with dg.DagsterInstance.ephemeral() as instance:
                done = defs.resolve_implicit_global_asset_job_def().execute_in_process(
                    instance=instance,
                    asset_selection=[
                        dg.AssetKey(["shop", "source", table]) for table in component.tables or []
                    ],
                )
    assert done.success
    rows = {
        event.asset_key.path[-1]: event.materialization.metadata["dagster/row_count"].value
        for event in done.get_asset_materialization_events()
        if event.asset_key
    }
    assert rows == shop(rows=60).n_rows


def test_the_commands_are_understood() -> None:
    lines = [
        line for block in blocks("bash") for line in block.splitlines() if line.startswith("synth-models ")
    ]
    assert len(lines) >= 5
    for line in lines:
        assert callable(make_parser().parse_args(shlex.split(line, comments=True)[1:]).action)


def test_the_verbs_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    verbs = re.findall(r"^make (\w+)", "\n".join(blocks("bash")), re.MULTILINE)
    assert verbs == ["demo", "ui"]
    for verb in [*verbs, "test", "lint", "types", "bench"]:
        assert f"\n{verb}:" in makefile


def test_what_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
