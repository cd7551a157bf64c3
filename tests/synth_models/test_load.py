"""A model that is loaded is there at once."""

import json
import subprocess
import sys
from pathlib import Path

from synth_models import MultiLevelSynth
from synth_models.testing import shop

PROBE = """
import json, sys
from synth_models import load_model
model = load_model(sys.argv[1], "cpu")
made = model.sample(progress=False)
loaded = [name for name in ("torch._dynamo", "torch_geometric", "scipy", "sklearn") if name in sys.modules]
print(json.dumps([made.n_rows, loaded]))
"""


def test_who_only_samples_does_not_wait_for_what_only_training_needs(tmp_path: Path) -> None:
    data = shop(30)
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False, device="cpu")
    model.save(tmp_path / "model.pt")
    command = [sys.executable, "-c", PROBE, str(tmp_path / "model.pt")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [dict(data.n_rows), []]
