"""From an error of the library to a failure of a step that says what to do, and quotes no row."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

from synth_models.errors import SynthError


@final
class WarehouseError(SynthError, RuntimeError):
    """A warehouse cannot be reached, read or written: mend the connection or the file."""


@final
class StaleError(SynthError, RuntimeError):
    """What is staged does not fit together any more: materialize the asset named, then try again."""


@final
class ComputeError(SynthError, RuntimeError):
    """The process that did the heavy work died, or failed in a way nobody foresaw: read its log, try
    again.
    """


RETRIED = (WarehouseError, ComputeError)
"""Errors that may be gone the next time; all others stay until somebody mends something."""


@contextmanager
def as_failure() -> Iterator[None]:
    """Turn what goes wrong inside into a ``dg.Failure``.

    A ``SynthError`` says where, what and what to do, and never holds a value: its message is passed on. Any
    other exception may quote a row (pandas and databases do), so only its class and the place are told, and
    the chain of causes is cut.

    Raises:
        Failure: With retries allowed for what a retry may cure, forbidden for bad data, schemas and settings.
    """
    import dagster as dg  # the processes that do the heavy work know the errors, and not Dagster

    try:
        yield
    except (dg.Failure, dg.DagsterError):
        raise
    except SynthError as error:
        raise dg.Failure(str(error), allow_retries=isinstance(error, RETRIED)) from None
    except Exception as error:
        raise dg.Failure(unforeseen(error)) from None


def unforeseen(error: BaseException) -> str:
    """What can be told of any exception without quoting it: its class and where it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno} ({frame.name})" for frame in frames[-3:])
    return (
        f"{type(error).__name__} at {places}. Its message is withheld because it may quote rows of the data."
    )
