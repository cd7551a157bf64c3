"""Which numbers are kept while a table is drawn, because something refers to them."""

from collections.abc import Mapping

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan


def wanted_numbers(blueprint: TableBlueprint, blueprints: Mapping[str, TableBlueprint]) -> set[str]:
    """The columns whose numbers something refers to before the table is finished."""
    wanted = {column.name for column, _ in blueprint.derived}
    wanted |= {total.column for total in blueprint.sums if total.column}
    wanted |= {plan.column for plan in blueprint.steered if plan.token is None}
    for column in blueprint.columns:
        wanted |= {column.name} if column.fixed_by else _by_rules(column)
        if column.base:
            wanted.add(column.name)
            if column.base[0] == "row":
                wanted.add(column.base[1])
    for child in blueprint.family_children:
        for column in blueprints[child].columns:
            if column.first:
                wanted.add(column.first)
            elif column.base and column.base[0] == "parent":
                wanted.add(column.base[1])
    return wanted


def _by_rules(column: ColumnPlan) -> set[str]:
    """A computed column, and those of its table that it is computed from."""
    operands = [operand for rule in column.rules for operand in rule.operands]
    return {column.name, *(o.column for o in operands if o.key is None)} if operands else set()
