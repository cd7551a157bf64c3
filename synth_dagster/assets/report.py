"""``report``: how faithful and how private the synthetic tables are, as PDF, JSON and metadata."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from synth_dagster.assets.heavy import cost_metadata, run_job
from synth_dagster.checks.scores import limits_of
from synth_dagster.compute.files import MODEL_FILE, PDF_FILE, REPORT_FILE, RESULT, SOURCE, SYNTHETIC
from synth_dagster.facts import TableFacts
from synth_dagster.failure import as_failure
from synth_dagster.metadata import data_url
from synth_dagster.retraining import digest
from synth_dagster.settings import ReportSettings, with_defaults
from synth_dagster.staged import current_model, staged_sample, staged_source
from synth_dagster.store import Result, Store
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role, code_version

_FIGURES = "figures"
_PICTURES = {"first_page": "first page", "worst": "columns that fit worst"}


def report_asset(synthesis: Synthesis) -> dg.AssetsDefinition:
    """One op that compares the staged synthetic tables with the source."""
    above = [synthesis.node(Role.SYNTHETIC, table) for table in synthesis.made]

    @dg.multi_asset(
        name=synthesis.op("report"),
        specs=[synthesis.spec(Role.REPORT, deps=[*above, synthesis.node(Role.MODEL)])],
        required_resource_keys=Resources.required(synthesis),
        config_schema=with_defaults(synthesis.report),
        retry_policy=synthesis.retry_policy,
    )
    @synthesis.executed(Role.REPORT)
    def report(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        resources = Resources.of(context, synthesis)
        settings = ReportSettings(**context.op_execution_context.op_config)
        with as_failure():
            made, lineage = staged_sample(synthesis, resources.store)
            limits = {"thresholds": limits_of(synthesis.checks), "enough": synthesis.checks.min_fidelity}
            lineage = {**lineage, "seed": settings.seed, "code": code_version(), **limits}
            version = digest(lineage)
            current = resources.store.current(Role.REPORT)
            cost: dict[str, Any] = {}
            if current is None or settings.force or not current.version.startswith(version):
                current, cost = _report(context, resources, synthesis, made, lineage, forced=settings.force)
            else:
                context.log.info("The report on these very rows is there already")
            shown = report_metadata(resources.store, current, settings)
        yield dg.MaterializeResult(data_version=dg.DataVersion(current.version), metadata={**shown, **cost})

    return report


def _report(
    context: dg.AssetExecutionContext,
    resources: Resources,
    synthesis: Synthesis,
    made: Mapping[str, TableFacts],
    lineage: Mapping[str, Any],
    *,
    forced: bool,
) -> tuple[Result, dict[str, Any]]:
    store = resources.store
    with store.scratch() as folder:
        source = staged_source(synthesis, store)
        kept = [source[table] for table in synthesis.keep]
        store.check_out(folder / SOURCE, {Role.SOURCE: source.values()})
        store.check_out(folder / SYNTHETIC, {Role.SOURCE: kept, Role.SYNTHETIC: made.values()})
        store.fetch(Role.MODEL, MODEL_FILE, folder)
        model = current_model(store).info
        training = model["info"]["lineage"]["training"]
        params = {
            "training": training,
            "seed": lineage["seed"],
            "kept": list(synthesis.keep),
            "thresholds": lineage["thresholds"],
            "enough": lineage["enough"] or 0.0,
            "facts": {"Synthesis": synthesis.name, "Source": _versions(source), **_trained(model)},
        }
        result = run_job(context, resources, "report", folder, params)
        found = json.loads((folder / RESULT / REPORT_FILE).read_text(encoding="utf-8"))
        version = digest(lineage) + (f"-{context.run.run_id[:8]}" if forced else "")
        info = {
            "lineage": dict(lineage),
            "scores": found["scores"],
            "verdict": found["verdict"],
            "pictures": pictures_in(folder / RESULT),
        }
        return store.commit(Role.REPORT, version, folder / RESULT, info), cost_metadata(result)


def pictures_in(folder: Path) -> list[str]:
    """Those of the report's pictures that the UI shows."""
    return [name for name in _PICTURES if (folder / _FIGURES / f"{name}.png").is_file()]


def _trained(model: Mapping[str, Any]) -> dict[str, str]:
    """When the model was trained; checkpoints of earlier versions do not say."""
    return {"Trained": f"{model['trained'][:16]} UTC"} if "trained" in model else {}


def _versions(source: Mapping[str, TableFacts]) -> str:
    """The version and the rows of every table the report is on."""
    return ", ".join(f"{name} {facts.version} ({facts.rows:,} rows)" for name, facts in source.items())


def report_metadata(store: Store, current: Result, settings: ReportSettings) -> dict[str, Any]:
    """What the UI shows: where the PDF is, its first page's pictures, and every score as a number."""
    shown: dict[str, Any] = {
        "PDF": dg.MetadataValue.path(f"{current.place}/{PDF_FILE}"),
        "JSON": dg.MetadataValue.path(f"{current.place}/{REPORT_FILE}"),
        "scores": dg.MetadataValue.md(score_table(current.info["scores"])),
        "lineage": dg.MetadataValue.json(dict(current.info["lineage"])),
    }
    with store.scratch() as folder:
        (folder / _FIGURES).mkdir()
        for name in current.info.get("pictures", ()):
            picture = store.fetch(Role.REPORT, f"{_FIGURES}/{name}.png", folder)
            url = data_url(picture.read_bytes())
            shown[_PICTURES[name]] = dg.MetadataValue.md(f"![{_PICTURES[name]}]({url})")
    if settings.base_url:
        url = f"{settings.base_url.rstrip('/')}/{Role.REPORT}/{current.version}/{PDF_FILE}"
        shown["open the PDF"] = dg.MetadataValue.url(url)
    for name, score in current.info["scores"].items():
        if score["value"] is not None:
            shown[f"score/{name}"] = float(score["value"])
    for group, verdict in current.info.get("verdict", {}).items():
        if verdict["score"] is not None:
            shown[f"verdict/{group}"] = float(verdict["score"])
    return shown


def score_table(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """The scores beside what real data and a bad copy score, in Markdown."""
    lines = ["| score | value | ceiling | floor | |", "|---|---|---|---|---|"]
    for score in scores.values():
        numbers = (
            ("–" if score[end] is None else f"{score[end]:.3f}") for end in ("value", "ceiling", "floor")
        )
        lines.append(f"| {score['title']} | {' | '.join(numbers)} | {score['mark']} |")
    return "\n".join(lines)
