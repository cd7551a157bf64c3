"""How long a model goes on."""

from synth_dagster.compute.training import _epochs_anew
from synth_models.training.events import EpochRecord


def records(n: int, most: int) -> list[EpochRecord]:
    return [EpochRecord(epoch, most, 1.0, 3.0, None, 100.0, 2.0, 3.0) for epoch in range(1, n + 1)]


def test_a_training_that_ended_early_is_gone_on_with_for_a_share_of_what_it_took() -> None:
    assert _epochs_anew(records(60, 150)) == 60
    assert _epochs_anew([*records(60, 150), *records(12, 12), *records(9, 12)]) == 60
    assert _epochs_anew(records(1, 1)) == 1
