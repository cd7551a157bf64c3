"""Training."""

import math

import pytest
import torch

from synth_models import GraphSynth, MultiLevelSynth
from synth_models.errors import SettingError
from synth_models.testing import shop
from synth_models.training.events import EpochRecord
from synth_models.training.settings import TrainSettings

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


def test_the_held_out_loss_falls_and_every_epoch_is_told() -> None:
    data, told = shop(100), []
    model = MultiLevelSynth(data.schema)
    model.train(data, 12, on_epoch=told.append, **QUIET)
    finished = [record for record in told if record.part >= 1]
    assert [record.epoch for record in finished] == list(range(1, len(finished) + 1))
    assert finished == model.history
    measured = [r.valid_loss for r in finished if r.valid_loss is not None]
    assert measured[-1] < measured[0] - 0.5
    assert all(record.eta_s >= 0 and record.rows_per_s > 0 for record in finished)
    assert "users" in finished[-1].kl


def test_the_same_seed_makes_the_same_model() -> None:
    data = shop(40)
    losses = []
    for seed in (1, 1, 2):
        model = MultiLevelSynth(data.schema)
        model.train(data, 2, seed=seed, **QUIET)
        losses.append(model.history[-1].train_loss)
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("kind", [MultiLevelSynth, GraphSynth])
def test_bfloat16_learns_as_well_and_leaves_float32(kind: type) -> None:
    data, losses = shop(30), {}
    for precision in ("fp32", "bf16"):
        model = kind(data.schema)
        model.train(data, 2, precision=precision, **QUIET)
        losses[precision] = [record.train_loss for record in model.history]
        assert {p.dtype for p in model._networks.encoder.parameters()} == {torch.float32}
    assert losses["fp32"] != losses["bf16"]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.02)
    with pytest.raises(SettingError, match="expected fp32 or bf16, got 'fp8'"):
        kind(data.schema).train(data, 1, precision="fp8", **QUIET)


def test_training_goes_on_unless_it_is_reset() -> None:
    data = shop(60)
    model = MultiLevelSynth(data.schema)
    model.train(data, 4, **QUIET)
    first = model.history[-1].train_loss
    model.train(data, 4, **QUIET)
    assert len(model.history) == 8
    assert model.history[4].train_loss < model.history[0].train_loss - 0.15
    model.train(data, 4, reset=True, **QUIET)
    assert len(model.history) == 4
    assert model.history[-1].train_loss == pytest.approx(first)


def test_validation_data_are_used_where_given() -> None:
    train, valid = shop(60, seed=0), shop(60, seed=1)
    model = MultiLevelSynth(train.schema)
    model.train(train, 2, valid_data=valid, **QUIET)
    valid_losses = model.history[-1].valid_losses
    assert set(valid_losses) == set(train.schema.tables)


def test_tensorboard_files_are_written(tmp_path) -> None:
    data = shop(30)
    MultiLevelSynth(data.schema).train(
        data, 2, tensorboard_dir=tmp_path / "logs", progress=False, device="cpu"
    )
    assert list((tmp_path / "logs").glob("events.out.tfevents.*"))


def test_overfitting_freezes_tables_and_ends_early() -> None:
    data = shop(100)
    model = MultiLevelSynth(data.schema, hidden_units=(64, 64))
    model.train(data, 30, lr=1e-2, **QUIET)
    last = model.history[-1]
    assert last.frozen
    best = {n: min(r.valid_losses.get(n, math.inf) for r in model.history) for n in last.frozen}
    assert all(math.isfinite(value) for value in best.values())
    assert all(p.requires_grad for p in model._networks.decoder.parameters())


def test_all_bad_settings_are_told_at_once() -> None:
    with pytest.raises(SettingError) as error:
        TrainSettings(n_epochs=0, batch_size=0, lr=0.0, beta=-1.0, optimizer="Adamm")
    assert all(name in str(error.value) for name in ("n_epochs", "batch_size", "lr", "beta", "'Adamm'"))


def test_every_optimizer_of_torch_is_accepted() -> None:
    data = shop(30)
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, optimizer="AdamW", optimizer_params={"weight_decay": 0.1}, **QUIET)
    assert isinstance(model._networks.trainer.optimizer, torch.optim.AdamW)


def test_a_record_survives_as_plain_data() -> None:
    record = EpochRecord(2, 5, 1.0, 3.25, None, 100.0, 2.0, 3.0, {"a": 0.1}, {}, ("b",))
    again = EpochRecord(**{**record.to_dict(), "frozen": tuple(record.to_dict()["frozen"])})
    assert again == record
    assert "epoch 2/5" in str(record)
