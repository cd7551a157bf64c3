"""The state of an unfinished training, kept where the next attempt finds it: in the store."""

from collections.abc import Callable, Mapping
from pathlib import Path

from synth_dagster.location import UNFINISHED, Location
from synth_models.training.recovery import Unfinished


def unfinished_in(
    place: Mapping[str, str], folder: Path, every_s: float, say: Callable[[str], None]
) -> Unfinished:
    """The file that training writes, which goes to the store whenever it is written; and comes from there.

    Args:
        place: What ``Store.unfinished`` said.
        folder: A local folder.
        every_s: Seconds between two writings.
        say: Takes a line for the log.
    """
    location, local = Location(place["root"]), folder / "unfinished.pt"
    target = location.path(UNFINISHED, place["version"])
    if target.exists():
        location.get(target, local)
        say("goes on from what an interrupted training has kept")
    return Unfinished(local, every_s=every_s, on_write=lambda path: location.put(path, target))
