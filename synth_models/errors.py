"""The errors of the library, grouped by who can put them right.

Every message says where, what was found and what to do; none contains a value of the data.
"""

from collections.abc import Sequence


class SynthError(Exception):
    """Base of every error this library raises on purpose."""


class SchemaError(SynthError, ValueError):
    """The description of the tables is wrong: mend the schema."""


class DataError(SynthError, ValueError):
    """The rows do not fit their schema: mend the data (or the schema)."""


class SettingError(SynthError, ValueError):
    """A parameter is out of its range: mend the call."""


class UnknownNameError(SynthError, ValueError):
    """A name that nothing is registered under: mend the spelling."""


class NotTrainedError(SynthError, RuntimeError):
    """The model has no weights yet: call ``train()`` or ``load_model()`` first."""


class CheckpointError(SynthError, RuntimeError):
    """A checkpoint cannot be read: it is damaged, from another version, or not ours."""


class TrainingError(SynthError, RuntimeError):
    """Training broke down (for instance the loss is not a number any more)."""


def report_all(kind: type[SynthError], what: str, faults: Sequence[str]) -> None:
    """Raise one ``kind`` naming every fault; do nothing when there is none.

    Args:
        kind: The class of the error.
        what: What was being checked, the first words of the message.
        faults: One sentence per fault.
    """
    if not faults:
        return
    if len(faults) == 1:
        raise kind(faults[0])
    lines = "\n".join(f"  {number}. {fault}" for number, fault in enumerate(faults, 1))
    raise kind(f"{what}: {len(faults)} faults.\n{lines}")
