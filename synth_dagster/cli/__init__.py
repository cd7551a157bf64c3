"""The command ``synth-dagster``: guess what a warehouse holds; bring back what was published before."""

import sys
from collections.abc import Sequence

from synth_dagster.cli.parser import make_parser
from synth_dagster.failure import WarehouseError, unforeseen
from synth_models.errors import SynthError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments; None takes those of the process.

    Returns:
        The exit code: 0; 1 if the warehouse could not be read or the file not be written; 2 if the input was
        wrong; 130 if interrupted.
    """
    arguments = make_parser().parse_args(argv)
    try:
        arguments.action(arguments)
    except SynthError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1 if isinstance(error, WarehouseError) else 2
    except OSError as error:
        print(f"Error: {error.strerror or type(error).__name__}: {error.filename or ''}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Nothing was written.", file=sys.stderr)
        return 130
    except Exception as error:  # may quote a row
        print(f"Error: {unforeseen(error)}", file=sys.stderr)
        return 1
    return 0
