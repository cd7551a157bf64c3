"""What the UI shows of an asset; plain Python numbers only, and never a value of the data."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from synth_dagster.facts import TableFacts

_POINTS, _WORST = 200, 10


def table_metadata(facts: TableFacts) -> dict[str, Any]:
    """Rows and columns of a table."""
    return {
        "dagster/row_count": facts.rows,
        "dagster/column_schema": column_schema(facts),
        "data version": facts.version,
    }


def column_schema(facts: TableFacts) -> dg.TableSchema:
    """Columns with their types in the warehouse, what they are read as, and their keys."""
    keys = set(facts.key_columns)
    parents: dict[str, list[str]] = {}
    for key in facts.table["foreign_keys"]:
        for column in [key["column"]] if isinstance(key["column"], str) else key["column"]:
            parents.setdefault(column, []).append(key["parent"])
    columns = []
    for name, spec in facts.table["columns"].items():
        sql, nullable = facts.sql[name]
        words = [f"read as {spec['type']}"]
        if name in keys:
            words.append("primary key" if len(keys) == 1 else "part of the primary key")
        if name in parents:
            words.append(f"key of {', '.join(parents[name])}")
        columns.append(
            dg.TableColumn(
                name,
                # Without its arguments: those of an ENUM are values.
                type=sql.partition("(")[0],
                description=", ".join(words),
                constraints=dg.TableColumnConstraints(nullable=nullable, unique=keys == {name}),
            )
        )
    return dg.TableSchema(columns)


def column_lineage(columns: Iterable[str], upstream: dg.AssetKey) -> dg.TableColumnLineage:
    """Every column comes from the column of the same name upstream."""
    return dg.TableColumnLineage(
        {name: [dg.TableColumnDep(asset_key=upstream, column_name=name)] for name in columns}
    )


def training_metadata(known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a checkpoint: how long it was trained, how well it fits, and the curve of its loss."""
    info, history = known["info"], known["history"]
    shown: dict[str, Any] = {"epochs": len(history)}
    if "seconds" in info:
        shown["training seconds"] = round(float(info["seconds"]), 1)
    if "device" in info:
        shown["device"] = str(info["device"])
    if "rows" in info:
        shown["rows trained on"] = int(sum(info["rows"].values()))
    if not history:
        return shown
    losses = [record["valid_loss"] for record in history if record["valid_loss"] is not None]
    shown["train loss"] = float(history[-1]["train_loss"])
    if losses:
        shown["held-out loss"] = float(min(losses))
    shown["loss curve"] = dg.MetadataValue.md(f"![loss by epoch]({loss_picture(history)})")
    return shown


def decision_metadata(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """How far the rows had moved, and what was read because of it."""
    shown: dict[str, Any] = {"warm runs in a row": int(lineage["warm runs"])}
    if lineage.get("drift"):
        found = {f"{t}.{c}": float(v) for t, columns in lineage["drift"].items() for c, v in columns.items()}
        worst = sorted(found, key=lambda name: -found[name])[:_WORST]
        shown["mean drift"] = sum(found.values()) / len(found)
        shown["largest drift"] = found[worst[0]]
        lines = [f"| {name} | {found[name]:.3f} |" for name in worst]
        shown["drift by column"] = dg.MetadataValue.md("\n".join(["| column | drift |", "|---|---|", *lines]))
    for what, families in lineage.get("families", {}).items():
        shown[f"families {what}"] = int(families)
    return shown


def loss_picture(history: Sequence[Mapping[str, Any]]) -> str:
    """The losses by epoch as a PNG in a data URL."""
    from matplotlib.figure import Figure

    every = max(1, len(history) // _POINTS)
    # counted through: a model that has gone on has an epoch 1 more than once
    history = [{**record, "epoch": epoch} for epoch, record in enumerate(history, 1)]
    shown = [*history[:-1:every], history[-1]]
    figure = Figure(figsize=(6, 3), dpi=90, layout="constrained")
    axes = figure.add_subplot()
    axes.plot([r["epoch"] for r in shown], [r["train_loss"] for r in shown], label="training")
    measured = [record for record in history if record["valid_loss"] is not None]
    if measured:
        axes.plot(
            [r["epoch"] for r in measured], [r["valid_loss"] for r in measured], "o-", ms=3, label="held out"
        )
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss per row (nats)")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return data_url(buffer.getvalue())


def data_url(png: bytes) -> str:
    """A picture as a URL that needs no file."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
