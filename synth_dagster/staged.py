"""What is staged in the store, and whether it fits together."""

from collections.abc import Mapping
from typing import Any

from synth_dagster.facts import TableFacts
from synth_dagster.failure import StaleError
from synth_dagster.store import Result, Store
from synth_dagster.synthesis import Synthesis
from synth_dagster.translator import Role


def staged_source(synthesis: Synthesis, store: Store) -> dict[str, TableFacts]:
    """The staged source tables.

    Raises:
        StaleError: Naming those that are not staged.
    """
    return store.facts_of(Role.SOURCE, synthesis.tables, "Materialize the source assets first.")


def current_model(store: Store) -> Result:
    """The current checkpoint.

    Raises:
        StaleError: If there is none.
    """
    model = store.current(Role.MODEL)
    if model is None:
        raise StaleError("There is no model yet. Materialize it first.")
    return model


def check_fits(model: Result, source: Mapping[str, TableFacts]) -> None:
    """Raise a ``StaleError`` if the staged source tables are not those the model was trained on."""
    trained = model.info["info"]["lineage"]["source"]
    changed = sorted(name for name, facts in source.items() if trained.get(name) != facts.version)
    if changed or trained.keys() != source.keys():
        names = changed or sorted(trained.keys() ^ source.keys())
        raise StaleError(
            f"The model was trained on other rows of {', '.join(names)} than are staged now. Materialize the "
            f"model, then this."
        )


def scores_of(store: Store) -> dict[str, Any]:
    """The scores of the current report, by metric."""
    current = store.current(Role.REPORT)
    if current is None:
        raise StaleError("There is no report yet. Materialize it first.")
    return current.info["scores"]


def staged_sample(synthesis: Synthesis, store: Store) -> tuple[dict[str, TableFacts], dict[str, Any]]:
    """The staged synthetic tables, and what a report on them is a function of.

    Raises:
        StaleError: If something is not staged, or the staged tables do not come from one sample, or the model
            or the kept tables have changed since it was drawn.
    """
    made = store.facts_of(Role.SYNTHETIC, synthesis.made, "Materialize all synthetic assets first.")
    versions = {facts.version for facts in made.values()}
    if len(versions) > 1:
        raise StaleError(
            f"The staged synthetic tables {', '.join(made)} come from {len(versions)} different samples, "
            f"so their keys do not fit together. Materialize all synthetic assets, then this."
        )
    model = current_model(store)
    lineage = next(iter(made.values())).lineage
    if lineage["model"] != model.version:
        raise StaleError("The staged synthetic tables come from another model. Materialize them, then this.")
    check_fits(model, staged_source(synthesis, store))
    return made, {"sample": versions.pop(), "model": model.version, "kept": dict(lineage["kept"])}
