"""``python -m synth_models`` is the command ``synth-models``."""

import sys

from synth_models.cli import main

sys.exit(main())
