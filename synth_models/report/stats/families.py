"""Which rows belong together, so that a test cannot ask about a sibling of what was taught."""

import numpy as np

from synth_models.report.side import Side
from synth_models.report.stats.classifier import Groups
from synth_models.report.stats.keys import family_key


def families(real: Side, other: Side, table: str) -> Groups | None:
    """A family number per row of either side, no number on both; None if the table has no families."""
    column = family_key(real, table)
    if column is None:
        return None
    first = _numbered(real.links[table, column])
    second = _numbered(other.links[table, column])
    return first, second + (int(first.max()) + 1 if len(first) else 0)


def _numbered(link: np.ndarray) -> np.ndarray:
    """The parent's row; a row without a parent is a family by itself."""
    alone = np.arange(len(link)) + (int(link.max()) + 1 if len(link) else 0)
    return np.where(link >= 0, link, alone)
