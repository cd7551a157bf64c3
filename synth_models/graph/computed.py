"""What the rules of a column say of stored or drawn rows."""

from collections.abc import Callable, Mapping

import numpy as np

from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.rules import Operand, apply

Above = Callable[[str, str], np.ndarray]
"""Of a foreign key and a column of its parent: the numbers the rows have there, NaN without a parent."""


def sibling_before(
    operand: Operand,
    numbers: Mapping[str, np.ndarray],
    index: np.ndarray,
    position: np.ndarray,
    family: str | None,
    above: Above,
) -> np.ndarray:
    """What the sibling before has, or what counts as that; see ``computed``. Shapes: (n,)."""
    start: np.ndarray | float = np.nan
    if isinstance(operand.start, str):
        assert family is not None
        start = above(family, operand.start)
    elif operand.start is not None:
        start = operand.start
    return np.where(position > 0, numbers[operand.column][np.maximum(index - 1, 0)], start)


def computed(
    column: ColumnPlan,
    numbers: Mapping[str, np.ndarray],
    index: np.ndarray,
    position: np.ndarray,
    family: str | None,
    above: Above,
) -> tuple[np.ndarray, np.ndarray]:
    """For which rows the rules know the number, and the number, NaN where it is missing.

    Args:
        column: The column.
        numbers: Per column of the table, those of all its rows, sorted by family.
        index: The rows asked for.
        position: Their places in their families, from 0.
        family: The family key.
        above: What these rows' parents have.

    Shapes:
        index, position: (n,)
        returns: (n,), (n,)
    """

    def read(operand: Operand) -> np.ndarray:
        if operand.key is not None:
            return operand.of(above(operand.key, operand.column))
        if not operand.previous:
            return operand.of(numbers[operand.column][index])
        return operand.of(sibling_before(operand, numbers, index, position, family, above))

    operands = {operand for rule in column.rules for operand in rule.operands}
    return apply(column.rules, {operand: read(operand) for operand in operands}, len(index))
