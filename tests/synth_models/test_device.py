"""Devices and threads."""

import os

import pytest
import torch

from synth_models.device import few_threads, resolve_device
from synth_models.errors import SettingError


def test_a_device_is_found_or_refused_with_a_remedy() -> None:
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device(torch.device("cpu")).type == "cpu"
    assert resolve_device().type in ("cpu", "cuda")
    with pytest.raises(SettingError, match="'cpuu'"):
        resolve_device("cpuu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingError, match="no GPU"):
        resolve_device("cuda")


def test_threads_are_few_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    at_first, before = torch.get_num_threads(), os.cpu_count() or 1
    torch.set_num_threads(before)
    try:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        with few_threads(torch.device("cpu")):
            assert 1 <= torch.get_num_threads() <= min(4, max(1, before // 2))
        assert torch.get_num_threads() == before
        monkeypatch.setenv("OMP_NUM_THREADS", str(before))
        with few_threads(torch.device("cpu")):
            assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(at_first)
