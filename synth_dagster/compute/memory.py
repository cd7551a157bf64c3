"""How much memory this process has had, and how much it may have."""

import resource
import sys

_GIB, _MIB = 2**30, 2**20
_NEAR = 0.9


def peak_mib() -> int:
    """The most memory this process has had so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (_MIB if sys.platform == "darwin" else _MIB // 2**10)


def limit_memory(gib: float | None) -> None:
    """Let allocations beyond the limit fail in this process, instead of bringing the machine down."""
    if gib is not None:
        # of data, not of addresses: libraries map far more than they use
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        asked = int(gib * _GIB)
        resource.setrlimit(
            resource.RLIMIT_DATA, (asked if most == resource.RLIM_INFINITY else min(asked, most), most)
        )


def near_limit(gib: float | None) -> bool:
    """Whether this process has had about as much memory as it may have."""
    return gib is not None and peak_mib() >= _NEAR * gib * 2**10


def used_memory(device: str) -> str:
    """The most memory so far, of this process and of the GPU it computes on, in words."""
    said = f"{peak_mib():,} MiB"
    if device.startswith("cuda"):
        import torch

        said += f", GPU {torch.cuda.max_memory_allocated(device) // _MIB:,} MiB"
    return said
