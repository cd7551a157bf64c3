"""The command ``infer``: a ``schema.json`` for a folder that has none."""

import argparse
import json

from synth_models.errors import SettingError


def infer(args: argparse.Namespace) -> None:
    """Guess the schema of a folder of files, write it there, and say what was guessed and why."""
    from synth_models.data.folder import SCHEMA_FILE
    from synth_models.data.infer import infer as guess
    from synth_models.data.infer_folder import read_files
    from synth_models.data.relational import RelationalData

    path = args.data / SCHEMA_FILE
    if path.exists():
        raise SettingError(f"'{path}' exists, and would be lost. Mend it by hand, or remove it.")
    found = guess(read_files(args.data))
    RelationalData.from_dir(args.data, found.schema)  # what is written can be read with it
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(found.schema.to_dict(), indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    if not args.quiet:
        print("\n".join(map(str, found.guesses)))
    print(f"The schema of {len(found.schema.tables)} tables is in {path}. Look it over.")
