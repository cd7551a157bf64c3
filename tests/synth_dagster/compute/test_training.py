"""How long a model goes on, and what it reads for that."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from synth_dagster.compute.files import FAMILIES_FILE, MODEL_FILE, RESULT, SOURCE
from synth_dagster.compute.training import _epochs_anew, train
from synth_dagster.retraining import Policy
from synth_dagster.settings import ModelSettings, TrainingSettings
from synth_dagster.staging import write_staged
from synth_models import RelationalData, load_model
from synth_models.testing import shop
from synth_models.training.events import EpochRecord

COMPUTE = {"device": "cpu", "threads": 1, "precision": "fp32"}
DAYS = 5
COLUMNS = {"orders": {"placed", "channel", "total"}, "items": {"id", "quantity", "unit_price", "gift"}}
"""Of the divided tables those that are needed for the rows chosen alone: nothing points at an item."""


def records(n: int, most: int) -> list[EpochRecord]:
    return [EpochRecord(epoch, most, 1.0, 3.0, None, 100.0, 2.0, 3.0) for epoch in range(1, n + 1)]


def test_a_training_that_ended_early_is_gone_on_with_for_a_share_of_what_it_took() -> None:
    assert _epochs_anew(records(60, 150)) == 60
    assert _epochs_anew([*records(60, 150), *records(12, 12), *records(9, 12)]) == 60
    assert _epochs_anew(records(1, 1)) == 1


def day_of(users: pd.Series) -> pd.Series:
    """The partition of what a user has ordered: whole families in one."""
    return users.rank(method="dense").astype(int) % DAYS


@dataclass
class Twin:
    """A job's folders: a shop whose orders and items have a file per day, trained on again and again."""

    home: Path
    data: RelationalData

    def train(self, days: int, *, parent: str = "", replay: float = 0.0, **training: Any) -> dict[str, Any]:
        """Learn from the first days; on from ``parent``, the name of an earlier folder, if it is given."""
        folder = self.home / str(len(list(self.home.iterdir())))
        self._stage(folder / SOURCE, days)
        (folder / RESULT).mkdir()
        params = {
            "model": ModelSettings().to_dict(),
            "training": TrainingSettings(n_epochs=2, holdout=0.0).model_dump() | training,
            "lineage": {},
            "reason": "rows changed",
            "policy": asdict(Policy(replay=replay)) if parent else None,
            "parent": {"version": parent, "warm runs": 0},
        }
        for file in (MODEL_FILE, FAMILIES_FILE) if parent else ():
            shutil.copy(self.home / parent / RESULT / file, folder / file)
        return train(folder, params, COMPUTE, lambda _: None) | {"folder": folder.name}

    def _stage(self, folder: Path, days: int) -> None:
        described = self.data.schema.to_dict()
        user = self.data["orders"].set_index("id")["user"]
        whose = {"orders": self.data["orders"]["user"], "items": self.data["items"]["order"].map(user)}
        for name, frame in self.data.items():
            (folder / name).mkdir(parents=True)
            described["tables"][name]["file"] = name
            day = day_of(whose[name]) if name in whose else pd.Series(0, index=frame.index)
            for number in range(days):
                write_staged(frame[day == number], folder / name / f"{number}.parquet")
        (folder / "schema.json").write_text(json.dumps(described))


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    return Twin(tmp_path, shop(300))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, set[str]]]:
    """Which columns have been read of which file (``table/day``) since it was last asked."""
    found: dict[str, set[str]] = {}

    class Watched(pq.ParquetFile):
        def __init__(self, source: Any, **options: Any) -> None:
            super().__init__(source, **options)
            self._name = "/".join(Path(source).with_suffix("").parts[-2:])

        def read(self, *, columns: list[str], **options: Any) -> Any:  # type: ignore[override]
            found.setdefault(self._name, set()).update(columns)
            return super().read(columns=columns, **options)

        def iter_batches(self, *, columns: list[str], **options: Any) -> Any:  # type: ignore[override]
            found.setdefault(self._name, set()).update(columns)
            return super().iter_batches(columns=columns, **options)

    def asked() -> dict[str, set[str]]:
        told = dict(found)
        found.clear()
        return told

    monkeypatch.setattr("synth_models.data.folder.pa_parquet.ParquetFile", Watched)
    return asked


def days_read(read: dict[str, set[str]], table: str) -> list[int]:
    """The partitions of which more was read than keys and digests."""
    return [day for day in range(DAYS) if read[f"{table}/{day}"] & COLUMNS[table]]


def test_of_partitions_without_a_family_chosen_no_more_than_keys_is_read(
    twin: Twin, read: Callable[[], dict[str, set[str]]]
) -> None:
    known = twin.train(DAYS)
    assert known["decision"] == "cold"
    assert days_read(read(), "orders") == list(range(DAYS))
    order = twin.data["orders"].index[day_of(twin.data["orders"]["user"]) == 2][0]
    twin.data["orders"].loc[order, "total"] += 1.0
    warm = twin.train(DAYS, parent=known["folder"])
    assert (warm["decision"], warm["families"]["new"], warm["families"]["replayed"]) == ("warm", 1, 0)
    now = read()
    assert days_read(now, "orders") == [2]
    assert set(days_read(now, "items")) <= {2}
    assert {"id", "user", "digest of the row"} == now["orders/0"]
    assert {"order", "product", "digest of the row"} == now["items/0"]


def test_a_new_partition_and_a_sample_of_the_others_are_learned_from(twin: Twin) -> None:
    """The users of the last day are there before, without orders: these change, as all of their day do."""
    known = twin.train(DAYS - 1)
    first, again, other = (
        twin.train(DAYS, parent=known["folder"], replay=0.3, seed=seed) for seed in (0, 0, 1)
    )
    new = first["families"]["new"]
    assert new == twin.data["orders"]["user"][day_of(twin.data["orders"]["user"]) == DAYS - 1].nunique()
    assert first["families"] == again["families"] != other["families"]
    assert other["families"]["new"] == new
    assert first["families"]["replayed"] == pytest.approx(0.3 * (300 - new), abs=25)
    assert sum(first["families"].values()) == 300


def test_what_a_checkpoint_says_of_how_it_went_on(twin: Twin) -> None:
    known = twin.train(DAYS)
    users = twin.data["users"]
    users.loc[users.index[:30], "country"] = "Elsewhere"
    warm = twin.train(DAYS, parent=known["folder"])
    lineage = load_model(twin.home / warm["folder"] / RESULT / MODEL_FILE, "cpu").lineage
    assert lineage["family keys"] == {"users": None, "products": None, "orders": "user", "items": "order"}
    assert (lineage["decision"], lineage["parent"], lineage["warm runs"]) == ("warm", known["folder"], 1)
    drift = lineage["drift"]
    share = lineage["families"]["new"] / sum(lineage["families"].values())
    assert share == pytest.approx(0.1)
    assert 0.7 * share < drift["users"]["country"] <= share
    assert drift["users"]["premium"] < 0.3 * share
    assert max(drift["products"].values()) == 0.0
    assert "children in orders.user" in drift["users"]
    assert "children in items.product" not in drift["products"]  # these tell how much data there are


def test_a_checkpoint_that_does_not_tell_its_families_is_begun_anew(twin: Twin) -> None:
    known = twin.train(DAYS)
    path = twin.home / known["folder"] / RESULT / MODEL_FILE
    model = load_model(path, "cpu")
    model.lineage = {"decision": "cold"}
    model.save(path)
    told = twin.train(DAYS, parent=known["folder"])
    assert told["decision"] == "cold"
    assert "does not say which keys make its families" in told["reason"]


def test_where_nothing_else_is_left_more_is_replayed(twin: Twin) -> None:
    """No table may be without rows, whatever is asked for."""
    known = twin.train(DAYS)
    again = twin.train(DAYS, parent=known["folder"], replay=0.0)
    assert again["families"]["new"] == 0
    assert 0 < again["families"]["replayed"] < 30


def test_families_that_are_known_stay_known(twin: Twin) -> None:
    known = twin.train(DAYS)
    again = twin.train(DAYS, parent=known["folder"], replay=1.0)
    assert again["families"] == {
        "new": 0,
        "replayed": sum(again["families"].values()),
        "left out": 0,
    }
    with np.load(twin.home / again["folder"] / RESULT / FAMILIES_FILE) as seen:
        assert len(seen["users"]) == again["families"]["replayed"]
