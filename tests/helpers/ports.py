"""Ports for the servers that tests start."""

import os
import random
import socket

FIRST, LAST = 10_240, 32_767
"""Below what the system gives to outgoing connections, which could take a port before its server does."""


def free_port() -> int:
    """A port that nobody listens on; tests in other processes of this run get others."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    each = (LAST + 1 - FIRST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = range(FIRST + worker * each, FIRST + (worker + 1) * each)
    for port in random.SystemRandom().sample(mine, min(100, each)):
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
