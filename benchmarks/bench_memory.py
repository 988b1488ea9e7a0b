"""Memory of the idle product, web and worker: the proportional set size (PSS) of all its processes (Linux only).

A page shared by several processes counts for each in proportion, so the sum is what the machine has given away.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from setting import fresh_database

ROOT = Path(__file__).resolve().parent.parent
#: Seconds; the first tasks have run by then.
START_WITHIN, SETTLE = 120, 40
PAGES = ("/accounts/login/", "/health/ready", "/static/css/missing.css", "/")


def family(pid: int) -> list[int]:
    """Return `pid` and everything below it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended meanwhile
                continue
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def pss(pid: int) -> float:
    """Return megabytes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / 1024


def ask(port: str, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def report(pid: int, when: str) -> None:
    sizes = {member: pss(member) for member in family(pid)}
    for member, size in sizes.items():
        command = Path(f"/proc/{member}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        print(f"  {size:6.1f} MB  {command[-70:]}")
    print(f"memory, {when}: {sum(sizes.values()):.0f} MB in {len(sizes)} processes")


def main() -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        print("memory: this system has no /proc/*/smaps_rollup")
        return
    fresh_database()
    port = os.environ["PORT"]
    environment = os.environ | {"DEMO": "0"}
    product = subprocess.Popen(
        [sys.executable, "manage.py", "start"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_WITHIN
        while ask(port, "/health/ready") != 200:
            assert time.monotonic() < deadline
            assert product.poll() is None
            time.sleep(0.5)
        time.sleep(SETTLE)
        report(product.pid, "idle")
        for path in PAGES * 10:
            ask(port, path)
        report(product.pid, "after some pages")
    finally:
        product.terminate()
        product.wait()


if __name__ == "__main__":
    main()
