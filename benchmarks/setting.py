"""The setting of every benchmark: a fresh database of its own, a stopwatch, and ratios printed the same way."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsportal.settings")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="fsportal-bench-"))
if "PORT" not in os.environ:  # for a benchmark that starts the product
    with socket.create_server(("127.0.0.1", 0)) as free:
        os.environ["PORT"] = str(free.getsockname()[1])

import django

django.setup()

from django.core.management import call_command  # noqa: E402


def fresh_database() -> None:
    """Make an empty database of DATA_DIR or DATABASE_URL; its rows are deleted."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)


@contextmanager
def sink(kind: str, milliseconds: int) -> Iterator[int]:
    """Run a mail server ("smtp") or an SMS provider ("twilio") in a process of its own; yields its port."""
    command = [sys.executable, str(Path(__file__).with_name("provider_sink.py")), kind, str(milliseconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.terminate()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def report(name: str, ours: float, peer_name: str, peer: float, unit: str) -> None:
    """Print two rates and their ratio (above 1: ours is quicker)."""
    print(f"{name}: {ours:,.0f} {unit}; {peer_name}: {peer:,.0f} {unit}; ratio {ours / peer:.2f}")
