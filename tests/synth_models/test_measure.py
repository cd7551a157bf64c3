"""Costs are real numbers."""

import time

import numpy as np

from synth_models.measure import measured, peak_mib


def test_clock_and_processor_differ_while_waiting() -> None:
    with measured() as cost:
        time.sleep(0.2)
    assert cost.seconds >= 0.2
    assert cost.cpu_seconds < 0.2


def test_work_is_counted() -> None:
    with measured() as cost:
        sum(range(3_000_000))
    assert cost.cpu_seconds > 0


def test_the_peak_grows_and_never_shrinks() -> None:
    before = peak_mib()
    block = np.ones(200 * 2**17)
    during = peak_mib()
    del block
    assert during >= 200
    assert during >= before
    assert peak_mib() >= during - 1
