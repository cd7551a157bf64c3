"""What goes wrong in the middle of a training, and how it goes on."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from synth_models import MultiLevelSynth, load_model
from synth_models.errors import CheckpointError, TrainingError
from synth_models.testing import shop
from synth_models.training import feeding
from synth_models.training.loss import Loss
from synth_models.training.recovery import Unfinished, ran_out_of_memory

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


class Killed(BaseException):
    """Stands for whatever ends a process."""


def dying(at: int) -> Callable[[Path], None]:
    """Ends the training when its state is written for the n-th time."""
    written: list[Path] = []

    def count(path: Path) -> None:
        written.append(path)
        if len(written) == at:
            raise Killed

    return count


@cache
def in_one_go() -> MultiLevelSynth:
    """What nothing has interrupted."""
    data = shop(60)
    model = MultiLevelSynth(data.schema)
    model.train(data, 4, **QUIET)
    return model


@pytest.mark.parametrize(("at", "epoch"), [(3, 1), (28, 2), (50, 4)])
def test_a_training_that_was_killed_ends_as_if_it_had_not_been(tmp_path: Path, at: int, epoch: int) -> None:
    data, file, whole = shop(60), tmp_path / "unfinished.pt", in_one_go()
    with pytest.raises(Killed):
        MultiLevelSynth(data.schema).train(
            data, 4, unfinished=Unfinished(file, every_s=0, on_write=dying(at)), **QUIET
        )
    told: list[Any] = []
    resumed = MultiLevelSynth(data.schema)
    resumed.train(data, 4, unfinished=file, on_epoch=told.append, **QUIET)
    assert told[0].epoch == epoch  # it did not begin anew
    assert [r.train_loss for r in resumed.history] == [r.train_loss for r in whole.history]
    for mine, theirs in zip(weights(resumed), weights(whole), strict=True):
        assert torch.equal(mine, theirs)
    assert not file.exists()


def weights(model: MultiLevelSynth) -> list[torch.Tensor]:
    return [*model._networks.encoder.parameters(), *model._networks.decoder.parameters()]


def test_learning_on_can_be_interrupted_too(tmp_path: Path) -> None:
    data, more, file = shop(40), shop(60, seed=5), tmp_path / "unfinished.pt"
    first = MultiLevelSynth(data.schema)
    first.train(data, 2, **QUIET)
    first.save(tmp_path / "model.pt")
    first.train(more, 3, **QUIET)
    killed = load_model(tmp_path / "model.pt")
    with pytest.raises(Killed):
        killed.train(more, 3, unfinished=Unfinished(file, every_s=0, on_write=dying(30)), **QUIET)
    resumed = load_model(tmp_path / "model.pt")
    resumed.train(more, 3, unfinished=file, **QUIET)
    assert [r.train_loss for r in resumed.history] == [r.train_loss for r in first.history]


def test_another_training_does_not_go_on_from_it(tmp_path: Path) -> None:
    data, file = shop(40), tmp_path / "unfinished.pt"
    with pytest.raises(Killed):
        MultiLevelSynth(data.schema).train(
            data, 2, unfinished=Unfinished(file, every_s=0, on_write=dying(1)), **QUIET
        )
    for train, settings in ((data, {"lr": 0.1}), (shop(40, seed=3), {})):
        with pytest.raises(CheckpointError, match="unfinished training on other data or with other settings"):
            MultiLevelSynth(data.schema).train(train, 2, unfinished=file, **settings, **QUIET)
    file.write_bytes(b"half a file")
    with pytest.raises(CheckpointError, match="damaged"):
        MultiLevelSynth(data.schema).train(data, 2, unfinished=file, **QUIET)


def test_a_loss_that_is_not_finite_takes_training_back_and_lowers_the_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = shop(60)
    model = MultiLevelSynth(data.schema)
    real, calls = model._networks.trainer._losses, []

    def broken(*arguments: Any, **more: Any) -> dict[str, Loss]:
        calls.append(1)
        found = real(*arguments, **more)
        return (
            {n: Loss(loss.nll * float("nan"), loss.kl, loss.rows) for n, loss in found.items()}
            if len(calls) == 40
            else found
        )

    monkeypatch.setattr(model._networks.trainer, "_losses", broken)
    model.train(data, 5, **QUIET)
    assert [record.epoch for record in model.history] == [1, 2, 3, 4, 5]
    assert [record.setbacks for record in model.history][-1] == 1
    assert model.history[-1].train_loss < model.history[0].train_loss
    assert "went back 1 times to a finite loss" in str(model.history[-1])
    assert all(torch.isfinite(weight).all() for weight in weights(model))


def test_a_loss_that_never_is_finite_ends_in_words() -> None:
    data = shop(40)
    model = MultiLevelSynth(data.schema)
    with pytest.raises(TrainingError, match=r"went back 3 times and lowered the rate .* Lower lr"):
        model.train(data, 3, lr=1e30, optimizer="SGD", **QUIET)


def test_without_memory_for_a_step_it_is_made_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    data, real, sizes = shop(200), feeding.make_batch, []

    def short_of_memory(*arguments: Any) -> Any:
        batch = real(*arguments)
        sizes.append(batch.n_rows)
        if batch.n_rows > 50 and torch.is_grad_enabled():
            raise torch.OutOfMemoryError
        return batch

    monkeypatch.setattr(feeding, "make_batch", short_of_memory)
    model = MultiLevelSynth(data.schema)
    model.train(data, 2, **QUIET)
    assert max(sizes) > 50
    assert model.history[-1].pieces > 1
    assert f"steps in {model.history[-1].pieces} parts" in str(model.history[-1])
    assert model.history[1].train_loss < model.history[0].train_loss


def test_without_memory_for_a_single_family_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any) -> Any:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(feeding, "make_batch", no_memory)
    data = shop(40)
    with pytest.raises(TrainingError, match="not enough memory for a step of a single family"):
        MultiLevelSynth(data.schema).train(data, 1, **QUIET)


def test_what_counts_as_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60)
    assert ran_out_of_memory(raised.value)
    assert ran_out_of_memory(MemoryError())
    assert not ran_out_of_memory(RuntimeError("shapes do not match"))
