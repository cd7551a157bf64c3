"""The same seed and data make the same model and the same rows, in any process, shard by shard."""

import os
import subprocess
import sys

import numpy as np
import pytest

from synth_models import MultiLevelSynth, RelationalData
from synth_models.sampling import shards
from synth_models.sampling.shards import roll, rows_of_shards, shards_of
from synth_models.testing import shop

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
SCRIPT = """
import hashlib, tempfile
from pathlib import Path
import torch
from synth_models import MultiLevelSynth
from synth_models.testing import shop

def tensors(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors(part)

torch.set_num_threads(1)
data = shop(40)
model = MultiLevelSynth(data.schema)
model.train(data, 2, tensorboard_dir=None, progress=False, device="cpu", seed=3)
told = hashlib.sha256()
with tempfile.TemporaryDirectory() as folder:
    model.save(Path(folder) / "model.pt")
    content = torch.load(Path(folder) / "model.pt", weights_only=True)
for tensor in tensors(content):
    told.update(tensor.contiguous().numpy().tobytes())
made = model.sample(progress=False, seed=4)
print(told.hexdigest(), hashlib.sha256("".join(f.to_csv() for f in made.values()).encode()).hexdigest())
"""


def same(a: RelationalData, b: RelationalData) -> bool:
    return all(a[name].equals(b[name]) for name in a)


def test_two_processes_make_the_same_tensors_and_the_same_rows() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": str(number)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    told = [run.communicate(timeout=300)[0].split() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert len(told[0]) == 2
    assert told[0] == told[1]


@pytest.fixture(scope="module")
def model() -> MultiLevelSynth:
    data = shop(80)
    made = MultiLevelSynth(data.schema)
    made.train(data, 2, **QUIET)
    return made


def test_rows_do_not_depend_on_how_many_pass_a_network_at_once(model: MultiLevelSynth) -> None:
    sizes = {name: 4 * rows for name, rows in shop(80).n_rows.items()}
    made = [
        model.sample(shop(80), sizes if new else {"items": 300}, batch_rows=rows, progress=False)
        for new in (True, False)
        for rows in (1, 150, 100_000)
    ]
    assert same(made[0], made[1])
    assert same(made[1], made[2])
    assert same(made[3], made[4])
    assert same(made[4], made[5])


def test_a_shard_has_random_numbers_of_its_own(
    model: MultiLevelSynth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two shards is the same whatever rows the second one has."""
    monkeypatch.setattr(shards, "SHARD", 50)
    few, many = (
        model.sample(n_samples={"users": n, "products": 20, "orders": 0, "items": 0}, progress=False)["users"]
        for n in (100, 99)
    )
    assert few["premium"][0::2].tolist() == many["premium"][0::2].tolist()
    assert few["premium"][1::2].tolist() != many["premium"][0::2].tolist()


def test_families_are_in_one_shard_and_shards_are_fair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD", 10)
    root = shards_of(np.full(25, -1), None)
    assert np.bincount(root).tolist() == [9, 8, 8]
    parent = np.sort(np.r_[-1, -1, np.random.default_rng(0).integers(0, 25, 60)])
    below = shards_of(parent, root)
    assert np.array_equal(below[2:], root[parent[2:]])
    pieces = rows_of_shards(below)
    assert np.array_equal(np.sort(np.concatenate(pieces)), np.arange(62))
    assert [piece.tolist() for piece in rows_of_shards(np.zeros(0, dtype=np.int64))] == [[]]


def test_dice_are_apart() -> None:
    drawn = {roll(seed, *what).numpy.random() for seed in (0, 1) for what in (("a", 0), ("a", 1), ("b", 0))}
    assert len(drawn) == 6
