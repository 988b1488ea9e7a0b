"""The systemd units: well-formed, and with as few rights as they need."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
SERVICES = ["portal-web.service", "portal-worker.service"]
#: On systemd's scale from 0 (nothing allowed) to 10. What is left is the network and the other users' names.
MOST_EXPOSED = 2.0

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="NOT TESTED: no systemd-analyze here"
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a copy whose paths exist on this machine."""
    python = tmp_path / "srv" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/srv/portal", str(tmp_path / "srv")))
    return tmp_path


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
def test_systemd_finds_no_fault_in_them(installed: Path) -> None:
    units = [installed / name for name in ("portal.target", *SERVICES)]
    checked = analyze("verify", "--man=no", *units)
    ours = [line for line in checked.stderr.splitlines() if "portal" in line]
    assert (checked.returncode, ours) == (0, [])


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little_more_than_use_the_network(installed: Path, name: str) -> None:
    judged = analyze("security", "--offline=true", installed / name).stdout
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", judged)
    assert exposure, judged
    assert float(exposure[1]) <= MOST_EXPOSED, judged


@pytest.mark.parametrize("name", SERVICES)
def test_the_launcher_has_time_to_stop_its_own_children(name: str) -> None:
    unit = (UNITS / name).read_text()
    assert "KillMode=mixed\nTimeoutStopSec=15\n" in unit
    assert f"manage.py start --{'web' if 'web' in name else 'worker'}\n" in unit


def test_both_services_differ_only_in_what_they_start() -> None:
    web, worker = ((UNITS / name).read_text().splitlines() for name in SERVICES)
    assert {line.partition("=")[0] for line in set(web) ^ set(worker)} == {"Description", "After", "ExecStart"}
