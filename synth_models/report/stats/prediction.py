"""How well a column can be predicted from all that a row hangs together with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.side import Kind, Side, sample
from synth_models.report.stats.association import association_matrix
from synth_models.report.stats.coding import top_labels
from synth_models.report.stats.hops import columns_at, grandparents, parents
from synth_models.report.stats.summaries import summaries

ROWS = 5000
"""Rows that are learned from, and rows that are predicted, at most."""
_TREES = 100
_CLASSES, _FEWEST, _TOP = 10, 5, 200
_SAME = 0.98


@final
@dataclass(frozen=True)
class Task:
    """A column to predict.

    Args:
        table: Its table.
        column: The column.
        kind: How it is compared.
        labels: The classes, for labels: the commonest of the training data.
    """

    table: str
    column: str
    kind: Kind
    labels: pd.Index

    @property
    def base(self) -> float:
        """The score of knowing nothing."""
        return 0.0 if self.kind.is_measure else 0.5


def target(side: Side, table: str, seed: int) -> Task | None:
    """The column of the table that depends most on another one (without being the same); None if none "
    "does.
    """
    kinds = side.columns(table)
    if len(kinds) < 2:
        return None
    strength = association_matrix(side.sample(table, ROWS, seed), kinds).abs().to_numpy(copy=True)
    strength[(strength > _SAME) | np.isnan(strength)] = 0.0
    column = list(kinds)[int(strength.max(axis=1).argmax())]
    if not strength.any():
        return None
    labels = pd.Index([])
    if not kinds[column].is_measure:
        labels = top_labels(side.table(table)[column], _CLASSES)
    return Task(table, column, kinds[column], labels)


def predictions(task: Task, sides: Mapping[str, Side], tested: Side, seed: int) -> dict[str, float]:
    """How well the held-out rows are predicted from what is learned of each side: R², or the mean AUC.

    A row is told its own columns, those of its parents and their parents, and summaries of its children.
    """
    rows = {name: _rows(side, task, seed) for name, side in (*sides.items(), ("\0test", tested))}
    first = next(iter(rows.values()))[0]
    names = {str(c): top_labels(v, _TOP) for c, v in first.items() if v.dtype == object}
    inputs = {name: _numbers(frame, names) for name, (frame, _) in rows.items()}
    answers = {name: answer for name, (_, answer) in rows.items()}
    return {
        name: _score(task, inputs[name], answers[name], inputs["\0test"], answers["\0test"], seed)
        for name in sides
    }


def _rows(side: Side, task: Task, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    given = side.table(task.table)
    given = sample(given[given[task.column].notna()], ROWS, seed)
    rows = given.index.to_numpy()
    crossings = [*parents(side.schema, task.table), *grandparents(side.schema, task.table)]
    above = [
        columns_at(side, task.table, each.right, rows).add_prefix("/".join(k.name for k in each.right) + ".")
        for each in crossings
    ]
    below = summaries(side, task.table).iloc[rows].reset_index(drop=True)
    own = given.drop(columns=task.column).reset_index(drop=True)
    answer = given[task.column].to_numpy()
    if not task.kind.is_measure:
        answer = task.labels.get_indexer(pd.Index(answer, dtype=object))
    return pd.concat([own, *above, below], axis=1), answer.astype(float)


def _numbers(frame: pd.DataFrame, names: Mapping[str, pd.Index]) -> np.ndarray:
    """Labels by how common they are, so that a tree can cut between common and rare ones."""
    columns = [
        names[str(c)].get_indexer(pd.Index(values, dtype=object))
        if str(c) in names
        else values.to_numpy(dtype=float)
        for c, values in frame.items()
    ]
    return np.stack(columns, axis=1).astype(np.float32) if columns else np.zeros((len(frame), 0), np.float32)


def _score(
    task: Task, inputs: np.ndarray, answers: np.ndarray, asked: np.ndarray, truth: np.ndarray, seed: int
) -> float:
    from sklearn.metrics import r2_score, roc_auc_score
    from xgboost import XGBClassifier, XGBRegressor

    settings = {"n_estimators": _TREES, "learning_rate": 0.1, "n_jobs": 1, "seed": seed}
    if task.kind.is_measure:
        model = XGBRegressor(**settings).fit(inputs, answers)
        return float(r2_score(truth, model.predict(asked)))
    known, codes = np.unique(answers[answers >= 0], return_inverse=True)
    if len(known) < 2:
        return task.base
    model = XGBClassifier(**settings).fit(inputs[answers >= 0], codes)
    chances = np.zeros((len(asked), len(task.labels)))
    chances[:, known.astype(int)] = model.predict_proba(asked)
    hits = [truth == label for label in range(len(task.labels))]
    areas = [
        roc_auc_score(hit, chances[:, label])
        for label, hit in enumerate(hits)
        if _FEWEST <= hit.sum() < len(hit)
    ]
    return float(np.mean(areas)) if areas else task.base
