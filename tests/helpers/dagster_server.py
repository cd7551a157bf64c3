"""``dagster dev`` with its daemon, as a deployment has it, for the time of a test."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ports import free_port

PATIENCE_S = 240.0
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
"""What runs are that go no further."""
_SETTINGS = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "concurrency": {"pools": {"default_limit": 1, "granularity": "op"}},
}


_NAPS = """
import sys
if "dagster._daemon" in sys.orig_argv:
    import dagster._daemon.controller as controller
    controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 2
"""
"""The daemon looks at backfills every 30 seconds, which nothing sets: too seldom for a test."""


class DagsterServer:
    """A server, its daemon and the code location of a file or a module.

    Args:
        home: The folder of the instance; it is made.
        target: What is loaded, in the words of the command (``-f file.py``, ``-m module``).
        cwd: Where it runs.
        environment: Further variables of it.
    """

    def __init__(self, home: Path, target: list[str], cwd: Path, environment: Mapping[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "dagster.yaml").write_text(yaml.safe_dump(_SETTINGS))
        (home / "sitecustomize.py").write_text(_NAPS)
        self.url = f"http://127.0.0.1:{free_port()}"
        self._home, self.folder = home, cwd
        self._command = [str(Path(sys.executable).with_name("dagster")), "dev", *target]
        self._command += ["-p", self.url.rpartition(":")[2]]
        paths = [str(home), str(Path(__file__).parents[2]), str(Path(__file__).parent)]
        paths += [environment.get("PYTHONPATH", ""), os.environ.get("PYTHONPATH", "")]
        self._environment = {
            **os.environ,
            "DAGSTER_HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "OMP_NUM_THREADS": "1",
            **environment,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }

    def __enter__(self) -> "DagsterServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._home / "server.log").open("ab") as log:
            # whoever started these tests may have told its children to ignore Ctrl-C
            self._process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )
        until(self._answers, what="the server answers")

    def stop(self) -> None:
        """End it and everything it has started."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        for pid in self.processes(""):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def kill(self, but: str) -> None:
        """Kill it and all it has started, except what has that word on its command line."""
        for pid in set(self.processes("")) - set(self.processes(but)):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """What the web page asks with."""
        request = urllib.request.Request(
            f"{self.url}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                said = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        assert "errors" not in said, said
        return said["data"]

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the newest first."""
        fields = "runId status jobName tags {key value}"
        data = self.graphql(f"{{runsOrError {{... on Runs {{results {{{fields}}}}}}}}}")
        return data["runsOrError"]["results"]

    def processes(self, word: str) -> list[int]:
        """The processes of this deployment with that word on their command line."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                mine = f"DAGSTER_HOME={self._home}".encode() in path.read_bytes().split(b"\0")
                if mine and word.encode() in path.with_name("cmdline").read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found

    def log(self) -> str:
        """What server and daemon have said."""
        return (self._home / "server.log").read_text(errors="replace")

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log()
        try:
            data = self.graphql("{repositoriesOrError {... on RepositoryConnection {nodes {name}}}}")
        except (OSError, urllib.error.URLError):
            return False
        return bool(data["repositoriesOrError"].get("nodes"))


def until(happens: Callable[[], Any], seconds: float = PATIENCE_S, what: str = "it") -> float:
    """Wait for something; returns how long it took."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() - began < seconds, f"{what}: it did not happen in {seconds:.0f} s"
        time.sleep(0.5)  # asking takes the server's time as well
    return time.monotonic() - began
