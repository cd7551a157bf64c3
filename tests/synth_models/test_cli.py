"""The command line does the work, and answers wrong input with one message and nothing half-written."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from synth_models.cli import main
from synth_models.data.relational import RelationalData
from synth_models.testing import shop

QUICK = ["--epochs", "1", "--quiet", "--device", "cpu"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "shop"
    shop(rows=40).to_dir(folder)
    return folder


@pytest.fixture(scope="module")
def checkpoint(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("model") / "shop.pt"
    assert main(["train", str(data), "--out", str(file), *QUICK]) == 0
    return file


def sizes(folder: Path) -> dict[str, int]:
    return RelationalData.from_dir(folder).n_rows


def test_run_makes_as_many_rows_and_tells_the_cost(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, cost = tmp_path / "out", tmp_path / "deep" / "cost.json"
    code = main(["run", str(data), str(out), "--keep", "products", "--cost", str(cost), *QUICK])
    assert code == 0
    source, made = RelationalData.from_dir(data), RelationalData.from_dir(out)
    assert made.n_rows == source.n_rows
    assert {name: list(made[name]) for name in made} == {name: list(source[name]) for name in source}
    pd.testing.assert_frame_equal(made["products"], source["products"])
    assert not made["users"].equals(source["users"])
    told = json.loads(cost.read_text())
    assert list(told) == ["fit_s", "fit_cpu_s", "sample_s", "rows", "rows_per_s", "peak_mib"]
    assert all(value > 0 for value in told.values())
    assert told["rows"] == sum(source.n_rows.values()) - source.n_rows["products"]
    assert f"{sum(source.n_rows.values()):,} rows of 4 tables" in capsys.readouterr().out
    assert [path.name for path in cost.parent.iterdir()] == ["cost.json"]


def test_run_is_reproducible(data: Path, tmp_path: Path) -> None:
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert main(["run", str(data), str(tmp_path / name), "--seed", seed, *QUICK]) == 0
    texts = {name: (tmp_path / name / "items.csv").read_text() for name in "abc"}
    assert texts["a"] == texts["b"] != texts["c"]


def test_sample_scales(checkpoint: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = main(["sample", str(checkpoint), "--out", str(out), "--scale", "2.5", "--quiet"])
    assert code == 0
    assert sizes(out) == {name: round(rows * 2.5) for name, rows in sizes(data).items()}


def test_sample_takes_sizes_and_kept_tables(checkpoint: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = main(
        [
            *["sample", str(checkpoint), "--out", str(out), "--rows", "users=7", "--rows", "items=30"],
            *["--keep", "products", "--data", str(data), "--format", "parquet", "--quiet"],
        ]
    )
    assert code == 0
    before = sizes(data)
    assert sizes(out) == before | {"users": 7, "items": 30}
    assert {file.suffix for file in out.iterdir()} == {".parquet", ".json"}


def test_sample_with_the_original_keys(checkpoint: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = main(
        [
            "sample",
            str(checkpoint),
            "--out",
            str(out),
            "--data",
            str(data),
            "--mode",
            "original_fks",
            "--quiet",
        ]
    )
    assert code == 0
    source, made = RelationalData.from_dir(data), RelationalData.from_dir(out)
    for link in source.links:
        assert (made.links[link] == source.links[link]).all()


def test_report_compares_two_folders(data: Path, tmp_path: Path) -> None:
    whole = RelationalData.from_dir(data)
    for name, part in zip(("train", "test"), whole.split(0.5, seed=1), strict=True):
        part.to_dir(tmp_path / name)
    out = tmp_path / "report"
    arguments = ["report", str(tmp_path / "train"), str(tmp_path / "test"), "--out", str(out), "--quiet"]
    assert main([*arguments, "--holdout", str(tmp_path / "test")]) == 0
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((out / "report.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "DATA", "OUT", "--model", "multilevle"], "Did you mean 'multilevel'?"),
        (
            ["run", "DATA", "OUT", "--keep", "produkts"],
            "--keep: 'produkts' is not a table (there are: users,",
        ),
        (["run", "DATA", "OUT", "--keep", "items"], "table 'items' is kept"),
        (["run", "DATA", "OUT", "--device", "gpu9"], "device: 'gpu9' is not a device"),
        (["run", "DATA", "DATA"], "holds the data to read, which would be lost"),
        (["run", "DATA", "DATA/users.csv"], "is a file, not a folder"),
        (["run", "DATA/nowhere", "OUT"], "does not exist"),
        (["train", "DATA/nowhere", "--out", "OUT"], "does not exist"),
        (["train", "DATA", "--out", "DATA"], "is a folder. Name a file"),
        (["sample", "DATA/users.csv", "--out", "OUT"], "users.csv"),
        (["sample", "MODEL", "--out", "OUT", "--keep", "products"], "Add --data DATA"),
        (["sample", "MODEL", "--out", "OUT", "--rows", "user=3"], "table 'user' is not in the schema"),
        (["sample", "MODEL", "--out", "DATA", "--data", "DATA"], "holds the data to read"),
        (
            [
                "sample",
                "MODEL",
                "--out",
                "OUT",
                "--data",
                "DATA",
                "--keep",
                "products",
                "--rows",
                "products=1",
            ],
            "the rows of products are kept",
        ),
        (["run", "DATA", "OUT", "--cost", "DATA"], "--cost:"),
        (["sample", "MODEL", "--out", "OUT", "--mode", "new"], "mode: 'new' is not one of"),
        (["report", "DATA", "DATA/nowhere", "--out", "OUT"], "does not exist"),
    ],
)
def test_wrong_input_gets_one_message_and_leaves_nothing(
    arguments: list[str],
    message: str,
    data: Path,
    checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in data.iterdir()}
    for word, path in (("DATA", data), ("OUT", tmp_path / "out"), ("MODEL", checkpoint)):
        arguments = [argument.replace(word, str(path)) for argument in arguments]
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.startswith("Error: ")
    assert "Traceback" not in told.err
    assert told.out == ""
    assert list(tmp_path.iterdir()) == []
    assert {file.name: file.stat().st_mtime_ns for file in data.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "a", "b", "--epochs", "0"], "'0' is neither 'auto' nor a number of epochs"),
        (["sample", "m", "--out", "o", "--rows", "users"], "'users' is not TABLE=NUMBER"),
        (["sample", "m", "--out", "o", "--scale", "-1"], "'-1' is not a number above 0"),
        (["sample", "m", "--out", "o", "--scale", "2", "--rows", "users=1"], "not allowed with argument"),
        ([], "COMMAND"),
    ],
)
def test_wrong_options_are_explained(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_epochs_auto_is_the_default() -> None:
    from synth_models.cli.parser import make_parser

    parse = make_parser().parse_args
    assert parse(["run", "a", "b"]).epochs is None
    assert parse(["run", "a", "b", "--epochs", "auto"]).epochs is None
    assert parse(["run", "a", "b", "--epochs", "12"]).epochs == 12


def test_a_file_that_cannot_be_written_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(data), "/proc/nowhere/out", *QUICK]) == 1
    assert "/proc/nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["infer"], ["train"], ["sample"], ["report"], ["run"]])
def test_help_has_examples(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    assert "examples:\n  synth-models" in capsys.readouterr().out


def test_python_dash_m_helps_without_loading_the_heavy_libraries() -> None:
    code = (
        "import sys, runpy; sys.argv[1:] = ['--help']\n"
        "try: runpy.run_module('synth_models')\n"
        "except SystemExit: pass\n"
    )
    heavy = "print([m for m in ('torch', 'sklearn', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True, check=True)
    assert "synth-models run shop synthetic" in done.stdout
    assert done.stdout.rstrip().endswith("[]")


def test_infer_writes_a_schema_that_the_folder_can_be_read_with(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in data.glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert main(["infer", str(tmp_path)]) == 0
    assert "orders.user: foreign key to users (0.9" in capsys.readouterr().out
    made, true = RelationalData.from_dir(tmp_path), RelationalData.from_dir(data)
    assert made.n_rows == true.n_rows
    for name, table in true.schema.tables.items():
        assert made.schema.tables[name].primary_key == table.primary_key
        assert set(made.schema.tables[name].foreign_keys) == set(table.foreign_keys)
    assert main(["infer", str(tmp_path)]) == 2
    assert "exists, and would be lost" in capsys.readouterr().err
    assert main(["infer", str(tmp_path / "nowhere")]) == 2
    assert "does not exist" in capsys.readouterr().err
