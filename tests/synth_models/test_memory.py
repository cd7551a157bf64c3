import platform
import resource
import sys

import numpy as np
import pytest

from synth_models.memory import kept_memory


def _faults() -> int:
    """Pages that the system had to clear while arrays were made and dropped."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(40):
        np.ones(2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_what_is_freed_is_used_again() -> None:
    with kept_memory():
        _faults()
        assert _faults() < 40  # one array is two thousand pages, or four large ones


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with kept_memory():
        assert np.ones(3).sum() == 3


def test_it_may_be_within_itself_and_ends_with_an_error() -> None:
    @kept_memory()
    def inner() -> None:
        raise KeyError

    with kept_memory(), pytest.raises(KeyError):
        inner()
    assert np.ones(2**22).sum() == 2**22
