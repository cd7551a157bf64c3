"""How many records repeat one of the original that is nobody else's."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.stats.records import Records

_BY_CHANCE = 0.05
_FEWEST = 20


@final
@dataclass(frozen=True, kw_only=True)
class Copied:
    """What was counted.

    Args:
        copied: Of the records of the other side that several entities do not share, the share that equals a
            record of exactly one entity of the original.
        expected: The same share of real records: of those held out, and of those of the original, each
            entity held against all others.
        spread: The standard error of the difference of the two, if nothing is copied.
        records: Of the other side, those that several entities share left out.
        equal: The share of all records of the other side that equal any of the original.
        equal_unseen: The same share of those held out; None if there are none.
    """

    copied: float
    expected: float
    spread: float
    records: int
    equal: float
    equal_unseen: float | None


def copied(records: Records, seed: int) -> Copied | None:
    """The copies among the records.

    What several entities of the original share (a shop's closed day) is no one's, and says nothing of
    copying. How often a record meets one of exactly one other entity by chance is estimated on all entities
    of the original (Good and Turing's estimate: those seen twice against those seen once), so that few
    held-out entities are enough.

    Returns:
        None if there are fewer than 20 records on a side, or if they agree by chance: if more than 5 % still
        meet a record of one entity after each column was shuffled by itself.
    """
    if records.real.empty or min(len(records.real), len(records.other)) < _FEWEST:
        return None
    owners = _owners(_hashes(records.real), records.entities)
    shuffled = _owned(_hashes(_shuffled(records.real, seed)), owners)
    if _share(shuffled) > _BY_CHANCE and shuffled.sum() >= _FEWEST:
        return None
    hashes = _hashes(records.other)
    found = _owned(hashes, owners)
    each = owners.reindex(_hashes(records.real)).to_numpy()
    chance = np.array([(each == 1).sum(), (each == 2).sum()], dtype=float)  # seen by no, by one other
    equal_unseen = None
    if records.unseen is not None and len(records.unseen):
        unseen = _hashes(records.unseen)
        chance += _owned(unseen, owners)
        equal_unseen = float(unseen.isin(owners.index).mean())
    return Copied(
        copied=_share(found) if found.sum() >= _FEWEST else 0.0,
        expected=_share(chance) if chance.sum() >= _FEWEST else 0.0,
        spread=_spread(chance, found),
        records=int(found.sum()),
        equal=float(hashes.isin(owners.index).mean()),
        equal_unseen=equal_unseen,
    )


def _owners(hashes: pd.Series, entities: np.ndarray) -> pd.Series:
    """By record, how many entities have it."""
    pairs = pd.DataFrame({"record": hashes.to_numpy(), "entity": entities}).drop_duplicates()
    return pairs["record"].value_counts()


def _owned(hashes: pd.Series, owners: pd.Series) -> np.ndarray:
    """How many of the records no entity has, and how many exactly one has."""
    each = owners.reindex(hashes, fill_value=0).to_numpy()
    return np.array([(each == 0).sum(), (each == 1).sum()], dtype=float)


def _share(counts: np.ndarray) -> float:
    return float(counts[1] / max(1.0, counts.sum()))


def _spread(chance: np.ndarray, found: np.ndarray) -> float:
    """Of the difference of two shares that are the same in truth (one success and one failure more each)."""
    rows, others = max(1.0, chance.sum()), max(1.0, found.sum())
    share = (chance[1] + 1) / (rows + 2)
    return float(np.sqrt(share * (1 - share) * (1 / rows + 1 / others)))


def _shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.permutation(frame[name].to_numpy()) for name in frame})


def _hashes(frame: pd.DataFrame) -> pd.Series:
    """A number per record, the same for the same content (to six decimals)."""
    return pd.Series(pd.util.hash_pandas_object(frame.round(6), index=False).to_numpy())
