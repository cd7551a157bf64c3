"""What TensorBoard shows of a training."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synth_models.training.events import EpochRecord, OnEpoch


@contextmanager
def tensorboard(folder: Path | None) -> Iterator[OnEpoch]:
    """What writes finished epochs into a folder; None for nowhere."""
    if folder is None:
        yield lambda _: None
        return
    from torch.utils.tensorboard.writer import SummaryWriter

    writer = SummaryWriter(str(folder))

    def write(record: EpochRecord) -> None:
        if record.part < 1:
            return
        writer.add_scalar("loss/train", record.train_loss, record.epoch)
        if record.valid_loss is not None:
            writer.add_scalar("loss/held_out", record.valid_loss, record.epoch)
        for name, value in record.valid_losses.items():
            writer.add_scalar(f"held_out/{name}", value, record.epoch)
        for name, value in record.kl.items():
            writer.add_scalar(f"kl/{name}", value, record.epoch)
        writer.add_scalar("rows_per_s", record.rows_per_s, record.epoch)
        writer.flush()

    try:
        yield write
    finally:
        writer.close()
