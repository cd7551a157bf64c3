"""Pairs that may come once do, where the last ones to choose find only what they have already."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from synth_models import ForeignKey, GraphSynth, MultiLevelSynth, RelationalData, Schema, Table
from synth_models.models.model import Model
from synth_models.sampling.repeats import parted

SONGS = 300


def pairs(owner: Tensor, parent: Tensor) -> Tensor:
    return owner * 100 + parent


@pytest.mark.parametrize("seed", range(5))
def test_pairs_that_repeat_are_parted_and_everyone_has_as_many(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    owner = torch.repeat_interleave(torch.arange(SONGS), 2)
    budget = torch.tensor([280, 270, 30, 15, 5])  # two lists hold nearly every song
    mixed = torch.repeat_interleave(torch.arange(5), budget)[torch.randperm(len(owner), generator=generator)]
    assert len(torch.unique(pairs(owner, mixed))) < len(owner) - 50
    links = parted(mixed, owner, budget, pairs, generator)
    assert len(torch.unique(pairs(owner, links))) == len(owner)
    assert torch.equal(torch.bincount(links), budget)
    assert (links != mixed).float().mean() < 0.5


def test_within_groups_nothing_leads_to_itself() -> None:
    generator = torch.Generator().manual_seed(0)
    owner = torch.arange(400).repeat_interleave(2)  # in each hundred, everyone has two, who have two
    links = torch.cat([part[torch.randperm(200, generator=generator)] for part in owner.view(4, 200)])
    assert (links == owner).any()
    found = parted(
        links,
        owner,
        torch.bincount(links),
        lambda one, other: one * 1000 + other,
        generator,
        group=owner // 100,
        allowed=lambda rows, parents: owner[rows] != parents,
    )
    assert (found != owner).all()
    assert torch.equal(found // 100, owner // 100)
    assert torch.equal(torch.bincount(found), torch.bincount(links))
    assert len(torch.unique(owner * 1000 + found)) == len(owner)


def test_who_has_too_many_gives_to_those_who_have_too_few() -> None:
    owner, links = torch.tensor([0, 0, 1, 1, 2, 2]), torch.tensor([0, 0, 0, 1, 0, 1])
    found = parted(links, owner, torch.tensor([2, 2, 2]), pairs, torch.Generator().manual_seed(0))
    assert len(torch.unique(pairs(owner, found))) == 6
    assert found.tolist().count(2) == 1  # the one that repeated


def test_what_cannot_be_parted_stays() -> None:
    owner, links = torch.zeros(4, dtype=torch.long), torch.tensor([0, 0, 1, 1])
    found = parted(links, owner, torch.tensor([2, 2]), pairs, torch.Generator().manual_seed(0))
    assert torch.bincount(found).tolist() == [2, 2]


def test_without_repeats_nothing_moves() -> None:
    owner, links = torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1])
    assert torch.equal(parted(links, owner, torch.tensor([3, 0]), pairs, torch.Generator()), links)


@pytest.mark.parametrize("flavour", [MultiLevelSynth, GraphSynth])
def test_lists_that_hold_nearly_every_song_are_as_long_as_they_were(flavour: type[Model]) -> None:
    rng = np.random.default_rng(0)
    held = {"all": 285, "most": 270, "loud": 90, "slow": 40, "short": 8}
    frames = {
        "songs": pd.DataFrame({"id": range(SONGS), "year": rng.integers(1960, 2000, SONGS)}),
        "lists": pd.DataFrame({"id": list(held)}),
        "entries": pd.DataFrame(
            [(s, name) for name, n in held.items() for s in rng.permutation(SONGS)[:n]],
            columns=["song", "list"],
        ),
    }
    entries = Table(
        {"song": "key", "list": "key"},
        ("song", "list"),
        [ForeignKey("song", "songs"), ForeignKey("list", "lists")],
    )
    songs = Table({"id": "key", "year": "integer"}, "id")
    schema = Schema({"songs": songs, "lists": Table({"id": "key"}, "id"), "entries": entries})
    model = flavour(schema)
    data = RelationalData(frames, schema)
    model.train(data, 2, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    made = model.sample(device="cpu", progress=False)["entries"]
    assert not made.duplicated().any()
    assert len(made) == sum(held.values())
    assert made["list"].value_counts().iloc[0] > 0.9 * SONGS
