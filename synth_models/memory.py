"""Memory of arrays that are gone, kept for the next ones."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM, _MMAP = -1, -3  # parameters of mallopt(3)
_LARGE = 2**25
"""Bytes of the largest block that is kept: where glibc itself stops."""
_KEPT, _USUAL = 2**28, 2**26
"""Bytes that may lie idle; and what glibc leaves idle of its own accord."""


@contextmanager
def kept_memory() -> Iterator[None]:
    """Let the C library keep what is freed within the block, up to 256 MiB, rather than hand it back at once.

    Columns of millions of rows make and drop hundreds of arrays of ten megabytes. glibc gives each back to
    the system, which has to clear every page of the next one: a sixth of the time that encoding took. After
    the block all is handed back. Other C libraries are left alone.
    """
    mallopt = _function("mallopt")
    if mallopt is None:
        yield
        return
    mallopt(_MMAP, _LARGE)
    mallopt(_TRIM, _KEPT)
    try:
        yield
    finally:
        mallopt(_TRIM, _USUAL)
        if trim := _function("malloc_trim"):
            trim(0)


def _function(name: str) -> "ctypes._FuncPointer | None":
    """A function of the C library, if that is one of Linux and has it."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
