"""What is one piece in the data is one piece in samples: the bonds of a molecule hold it together."""

import numpy as np
import pandas as pd
import torch

from synth_models import ForeignKey, MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.pieces import apart, loose, one_piece, pieces
from synth_models.sampling.pieces import in_one_piece

MOLECULES = 90


def molecules(seed: int = 0) -> RelationalData:
    """Trees of five to nine atoms with a bond more: an atom is bound to an earlier one."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 10, MOLECULES)
    start = np.cumsum(sizes) - sizes
    bonds = [
        (start[m] + i, start[m] + int(rng.integers(0, i)))
        for m in range(MOLECULES)
        for i in range(1, sizes[m])
    ]
    bonds += [(start[m] + sizes[m] - 1, start[m]) for m in range(MOLECULES)]
    bonds = sorted(set(bonds))
    frames = {
        "molecules": pd.DataFrame({"id": range(MOLECULES)}),
        "atoms": pd.DataFrame({"id": range(sizes.sum()), "molecule": np.repeat(np.arange(MOLECULES), sizes)}),
        "bonds": pd.DataFrame(bonds, columns=["one", "other"]).assign(id=range(len(bonds))),
    }
    frames["atoms"]["element"] = rng.choice(["c", "n", "o"], sizes.sum())
    return RelationalData(
        frames,
        Schema(
            {
                "molecules": Table({"id": "key"}, "id"),
                "atoms": Table(
                    {"id": "key", "molecule": "key", "element": "categorical"},
                    "id",
                    [ForeignKey("molecule", "molecules")],
                ),
                "bonds": Table(
                    {"id": "key", "one": "key", "other": "key"},
                    "id",
                    [ForeignKey("one", "atoms"), ForeignKey("other", "atoms")],
                ),
            }
        ),
    )


def ends(data: RelationalData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    one, other = data.links["bonds", "one"], data.links["bonds", "other"]
    return one, other, data.links["atoms", "molecule"][one]


def test_it_is_found() -> None:
    one, other, group = ends(molecules())
    assert apart(one, other, group) == 0
    assert one_piece(one, other, group)
    assert not one_piece(one[1:], other[1:], np.zeros(len(one) - 1, dtype=int))  # one group tells nothing
    assert not one_piece(one[::2], other[::2], group[::2])  # in the data some fall apart
    alone = np.arange(2 * MOLECULES)
    assert not one_piece(alone, alone + 2 * MOLECULES, alone)  # single rows are one piece by chance, too


def test_pieces_are_those_of_a_search() -> None:
    one, other = np.array([0, 1, 4, 6]), np.array([1, 2, 5, 6])
    found = pieces(one, other)
    assert found[0] == found[1] == found[2]
    assert len({found[at] for at in (0, 3, 4, 6)}) == 4
    assert found[4] == found[5]


def test_without_what_is_loose_everything_stays_joined() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 40, 150), rng.integers(0, 40, 150)
    free = loose(one, other, rng)
    assert (~free).sum() == 40 - len(np.unique(pieces(one, other)))
    held = pieces(np.r_[one[~free], 39], np.r_[other[~free], 39])
    assert len(np.unique(held)) == len(np.unique(pieces(one, other)))


def test_groups_are_joined_and_everyone_has_as_many() -> None:
    one, other, group = ends(molecules())
    rng = np.random.default_rng(1)
    mixed = other.copy()
    for which in range(MOLECULES):
        mixed[group == which] = rng.permutation(mixed[group == which])
    assert apart(one, mixed, group) > 20
    found = in_one_piece(
        *(torch.from_numpy(part) for part in (mixed, one, group)),
        lambda _, parents: torch.zeros(len(parents)),
        rng,
    ).numpy()
    assert apart(one, found, group) <= 2  # but for those without a ring
    assert np.array_equal(np.bincount(found), np.bincount(other))
    whole = apart(one, mixed, group) - apart(one, found, group)
    assert (found != mixed).sum() <= 12 * whole


def test_samples_are_in_one_piece() -> None:
    data = molecules()
    model = MultiLevelSynth(data.schema)
    model.train(data, 15, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    for seed in range(3):
        made = model.sample(device="cpu", seed=seed, progress=False)
        one, other, group = ends(made)
        assert (made.links["atoms", "molecule"][other] == group).all()
        assert apart(one, other, group) < 0.1 * MOLECULES
