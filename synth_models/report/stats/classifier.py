"""The classifier two-sample test: can boosted trees tell the rows of two sides apart?"""

import warnings
from collections.abc import Mapping
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


@final
class Detected(dict[str, float | int]):
    """What came of it: ``auc``, ``accuracy``, and the ``rows`` of each side."""


def detect(
    real: pd.DataFrame,
    other: pd.DataFrame,
    kinds: Mapping[str, Kind],
    *,
    seed: int,
    groups: Groups | None = None,
) -> Detected | None:
    """The area under the ROC curve and the accuracy of XGBoost, five-fold, on equally many rows of both
    sides.

    Returns:
        None if there are fewer than ten rows (or families) or no columns.
    """
    rows = min(len(real), len(other), ROWS)
    if rows < 2 * _FOLDS or not len(real.columns):
        return None
    real, other = sample(real, rows, seed), sample(other, rows, seed + 1)
    inputs = design(real, other, kinds)
    answers = np.r_[np.ones(rows, dtype=int), np.zeros(rows, dtype=int)]
    if not inputs.shape[1]:
        return Detected(auc=0.5, accuracy=0.5, rows=rows)
    if groups is None:
        folds = _stratified(answers, seed)
    else:
        folds = _grouped(np.r_[groups[0][real.index], groups[1][other.index]], seed)
    return _cross_validated(inputs, answers, folds)


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


def _cross_validated(inputs: np.ndarray, answers: np.ndarray, folds: np.ndarray) -> Detected | None:
    from sklearn.metrics import roc_auc_score
    from xgboost import XGBClassifier

    areas, right = [], []
    for fold in range(_FOLDS):
        taught, asked = folds != fold, folds == fold
        if len(np.unique(answers[taught])) < 2 or len(np.unique(answers[asked])) < 2:
            continue
        model = XGBClassifier(seed=0, n_jobs=1).fit(inputs[taught], answers[taught])
        guesses = model.predict_proba(inputs[asked])[:, 1]
        areas.append(roc_auc_score(answers[asked], guesses))
        right.append((guesses > 0.5) == answers[asked])
    if not areas:
        return None
    accuracy = float(np.concatenate(right).mean())
    return Detected(auc=float(np.mean(areas)), accuracy=accuracy, rows=int(answers.sum()))


def design(real: pd.DataFrame, other: pd.DataFrame, kinds: Mapping[str, Kind]) -> np.ndarray:
    """Both sides as one matrix: dates in parts, labels as indicators, missing numbers set to the mean.

    Shapes:
        returned: (real rows + other rows, inputs), float32; inputs that are constant are left out
    """
    both = pd.concat([real, other], ignore_index=True)
    blocks = [_block(both[name], kinds.get(str(name), Kind.NUMBER)) for name in both]
    matrix = np.hstack(blocks) if blocks else np.empty((len(both), 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing
        centre = np.nan_to_num(np.nanmean(matrix, axis=0))
    matrix = np.where(np.isnan(matrix), centre, matrix)
    return matrix[:, np.ptp(matrix, axis=0) > 0].astype(np.float32) if len(matrix) else matrix


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
