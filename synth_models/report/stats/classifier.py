"""The classifier two-sample test: can boosted trees tell the rows of two sides apart?"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.side import Kind, sample

ROWS = 2000
"""Rows of each side that are shown to the classifier at most."""
_FOLDS = 5
_TOP = 50

Groups = tuple[np.ndarray, np.ndarray]
"""For each row of either side a number: rows with the same one are never both taught and asked."""


_TOLD = 5


@final
@dataclass(frozen=True, kw_only=True)
class Detected:
    """What came of it.

    Args:
        auc: The mean over folds of the area under the ROC curve.
        accuracy: The share of rows that were told right.
        rows: Of each side.
        error: The standard error of the area by chance (Hanley and McNeil, at 0.5).
        features: What gave it away: the columns with the largest parts of the trees' gain.
    """

    auc: float
    accuracy: float
    rows: int
    error: float
    features: Mapping[str, float]


@final
@dataclass(frozen=True, kw_only=True)
class Suspects:
    """The rows of two sides.

    Args:
        real, other: The rows.
        kinds: How each column is compared.
        groups: Of all rows of both sides; None: every row by itself.
    """

    real: pd.DataFrame
    other: pd.DataFrame
    kinds: Mapping[str, Kind]
    groups: Groups | None = None


def detect(suspects: Suspects, *, seed: int) -> Detected | None:
    """The area under the ROC curve and the accuracy of XGBoost, five-fold, on equally many rows of both
    sides.

    Returns:
        None if there are fewer than ten rows (or families) or no columns.
    """
    return detect_each([suspects], seed=seed)[0]


def detect_each(suspects: Iterable[Suspects], *, seed: int) -> list[Detected | None]:
    """``detect`` of each; while some are looked at, the next are made ready."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        asked = [_begin(pool, each, seed) for each in suspects]
        return [collect() for collect in asked]


def _begin(pool: ThreadPoolExecutor, asked: Suspects, seed: int) -> Callable[[], Detected | None]:
    """Begin with all folds; what is returned waits for them."""
    rows = min(len(asked.real), len(asked.other), ROWS)
    if rows < 2 * _FOLDS or not len(asked.real.columns):
        return lambda: None
    real, other = sample(asked.real, rows, seed), sample(asked.other, rows, seed + 1)
    inputs, names = design(real, other, asked.kinds)
    answers = np.r_[np.ones(rows, dtype=int), np.zeros(rows, dtype=int)]
    if not inputs.shape[1]:
        return lambda: Detected(auc=0.5, accuracy=0.5, rows=rows, error=_error(rows), features={})
    if asked.groups is None:
        folds = _stratified(answers, seed)
    else:
        folds = _grouped(np.r_[asked.groups[0][real.index], asked.groups[1][other.index]], seed)
    told = [pool.submit(_told, inputs, answers, folds == fold) for fold in range(_FOLDS)]
    return lambda: _summed([each for one in told if (each := one.result()) is not None], names, rows)


def _stratified(answers: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.model_selection import StratifiedKFold

    folds = np.zeros(len(answers), dtype=int)
    parts = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(answers[:, None], answers)
    for number, (_, asked) in enumerate(parts):
        folds[asked] = number
    return folds


def _grouped(groups: np.ndarray, seed: int) -> np.ndarray:
    names, codes = np.unique(groups, return_inverse=True)
    return np.random.default_rng(seed).permutation(np.arange(len(names)) % _FOLDS)[codes]


def _error(rows: int) -> float:
    return float(np.sqrt((2 * rows + 1) / (12 * rows * rows)))


def _told(
    inputs: np.ndarray, answers: np.ndarray, asked: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray] | None:
    """The area, which rows were told right, and the gain of each input; None where one side is absent."""
    from sklearn.metrics import roc_auc_score
    from xgboost import XGBClassifier

    if len(np.unique(answers[~asked])) < 2 or len(np.unique(answers[asked])) < 2:
        return None
    model = XGBClassifier(seed=0, n_jobs=1).fit(inputs[~asked], answers[~asked])
    guesses = model.predict_proba(inputs[asked])[:, 1]
    area = float(roc_auc_score(answers[asked], guesses))
    return area, (guesses > 0.5) == answers[asked], model.feature_importances_


def _summed(
    found: Sequence[tuple[float, np.ndarray, np.ndarray]], names: Sequence[str], rows: int
) -> Detected | None:
    areas, right, gains = zip(*found, strict=True) if found else ((), (), ())
    if not areas:
        return None
    accuracy = float(np.concatenate(right).mean())
    by_column = pd.Series(np.sum(gains, axis=0, dtype=float)).groupby(np.asarray(names)).sum()
    most = (by_column / max(by_column.sum(), 1e-12)).nlargest(_TOLD).round(4)
    return Detected(
        auc=float(np.mean(areas)),
        accuracy=accuracy,
        rows=rows,
        error=_error(rows),
        features={str(name): float(part) for name, part in most.items() if part > 0},
    )


def design(
    real: pd.DataFrame, other: pd.DataFrame, kinds: Mapping[str, Kind]
) -> tuple[np.ndarray, list[str]]:
    """Both sides as one matrix: dates in parts, labels as indicators, missing numbers set to the mean.

    Returns:
        The matrix, inputs that are constant left out, and the column that each input is made of.

    Shapes:
        matrix: (real rows + other rows, inputs), float32
    """
    both = pd.concat([real, other], ignore_index=True)
    blocks = {str(name): _block(both[name], kinds.get(str(name), Kind.NUMBER)) for name in both}
    names = np.repeat(list(blocks), [block.shape[1] for block in blocks.values()])
    matrix = np.hstack(list(blocks.values())) if blocks else np.empty((len(both), 0))
    missing = np.isnan(matrix)
    centre = np.nansum(matrix, axis=0) / np.maximum(1, (~missing).sum(axis=0))
    matrix = np.where(missing, centre, matrix)
    varied = np.ptp(matrix, axis=0) > 0 if len(matrix) else np.zeros(matrix.shape[1], dtype=bool)
    return matrix[:, varied].astype(np.float32), names[varied].tolist()


def _block(values: pd.Series, kind: Kind) -> np.ndarray:
    if kind is Kind.TIME:
        return _date_parts(values)
    if kind is Kind.NUMBER:
        return values.to_numpy(dtype=float)[:, None]
    labels = values.fillna("\0missing")
    names = labels.value_counts().index[:_TOP]
    return (labels.to_numpy()[:, None] == names.to_numpy()[None, :]).astype(float)


def _date_parts(seconds: pd.Series) -> np.ndarray:
    dates = pd.to_datetime(seconds, unit="s", errors="coerce").dt
    parts = [dates.year, dates.month, dates.day, dates.hour, dates.minute]
    return np.stack([part.to_numpy(dtype=float) for part in parts], axis=1)
