"""How often there is nothing (no value, no parent): what samples keep to, which the rows of all data tell."""

from collections.abc import Mapping
from dataclasses import replace

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.graph.shares import Shares, stretches
from synth_models.graph.steps import AGAIN, COLUMN, COUNT, DELTA, GAP, LEVEL, NULL

_STRETCHES = 32
_KINDS = (COLUMN, DELTA, GAP, NULL, AGAIN, LEVEL)


def with_firsts(
    blueprints: Mapping[str, TableBlueprint], rows: Rows, min_count: int
) -> dict[str, TableBlueprint]:
    """Blueprints that know how often columns and keys are missing, and rows without a family childless.

    Numbers of children of rows that have a family are not among them: theirs add up over families.

    Args:
        blueprints: Parents before children.
        rows: The data, encoded with these.
        min_count: Families that must have a place for it to be told apart from those before it.
    """
    found = {}
    for name, blueprint in blueprints.items():
        position, tokens = rows[name].position.numpy(), rows[name].tokens.numpy()
        starts, kinds = stretches(position, min_count, _STRETCHES), _KINDS
        firsts = {
            (step.kind, step.name): Shares.of(tokens[:, at] == 0, position, starts)
            for at, step in enumerate(blueprint.tokens)
            if step.part == 0 and step.kind in (kinds if blueprint.family else (*kinds, COUNT))
        }
        found[name] = replace(blueprint, firsts={step: share for step, share in firsts.items() if share.some})
    return found
