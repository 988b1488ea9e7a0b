"""The container: what its files promise; and built and started, where this machine can."""

import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsportal.management.probe_live import is_live
from tests.test_start import eventually, free_port

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text()
COMPOSE = (FOLDER / "compose.yaml").read_text()
IMAGE = "localhost/field-service-portal-test"
#: An image with Python to build on, for machines without a registry.
BASE = os.environ.get("CONTAINER_BASE", "docker.io/library/python:3.12-slim-bookworm")

#: Exit codes of podman and docker for what is their own fault, not the container's.
ENGINE_FAILED = (125, 126, 127)


# --- What the files promise -------------------------------------------------------------------------------------------
def test_it_runs_without_root_and_cannot_change_its_code() -> None:
    final = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert "--chown" not in final
    assert "pip install" not in final
    assert "--require-hashes" in CONTAINERFILE


def test_everything_that_the_product_needs_is_copied_and_nothing_else() -> None:
    copied = set(re.findall(r"^COPY (\w+)/ \1/$", CONTAINERFILE, re.MULTILINE))
    assert copied == {"bookings", "fsportal", "notifications", "portal", "templates", "static", "locale"}
    ignore = (ROOT / ".containerignore").read_text()
    assert (ROOT / ".dockerignore").read_text() == ignore
    assert set(re.findall(r"^!(\w+)/$", ignore, re.MULTILINE)) == copied


def test_compose_keeps_the_file_system_read_only_and_secrets_out_of_the_file() -> None:
    assert COMPOSE.count("read_only: true") == 2
    assert "cap_drop: [ALL]" in COMPOSE
    assert COMPOSE.count("env_file:") == 2
    assert "password" not in COMPOSE.lower()
    assert "secret" not in COMPOSE.lower().replace("portal.env", "")
    secret = re.compile(r"^(SECRET_KEY|POSTGRES_PASSWORD|METRICS_TOKEN)=.", re.MULTILINE)
    assert not any(secret.search(example.read_text()) for example in FOLDER.glob("*.env.example"))


def test_the_health_check_of_the_image_needs_an_answer() -> None:
    assert not is_live(str(free_port()))


# --- Built and started ------------------------------------------------------------------------------------------------
def engine() -> str:
    for name in ("podman", "docker"):
        if shutil.which(name) and _runs(name, "info"):
            return name
    pytest.skip("NOT TESTED: neither podman nor docker works here")


def _runs(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    tool = engine()
    if not _runs(tool, "image", "inspect", BASE) and not _runs(tool, "pull", "--quiet", BASE):
        pytest.skip(f"NOT TESTED: {BASE} cannot be had; name another by CONTAINER_BASE")
    extra = os.environ.get("CONTAINER_BUILD_OPTIONS", "").split()
    build = [
        tool,
        "build",
        *extra,
        "--build-arg",
        f"BASE={BASE}",
        "-f",
        str(FOLDER / "Containerfile"),
        "-t",
        IMAGE,
        ".",
    ]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    yield tool
    subprocess.run([tool, "rmi", "--force", IMAGE], capture_output=True, check=False)


def test_it_starts_read_only_without_root_answers_and_stops_in_time(image: str) -> None:
    port, name = free_port(), f"portal-test-{os.getpid()}"
    options = os.environ.get("CONTAINER_RUN_OPTIONS", "").split()
    limits = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--init"]
    command = [image, "run", "--detach", "--name", name, *options, *limits, "--publish", f"127.0.0.1:{port}:8000"]
    begun = subprocess.run(
        [*command, "--env", "DEMO=1", IMAGE], capture_output=True, text=True, timeout=120, check=False
    )
    if begun.returncode in ENGINE_FAILED:
        pytest.skip(f"NOT TESTED: the image is built, but {image} cannot run one here: {begun.stderr[-300:]}")
    assert begun.returncode == 0, begun.stderr
    try:
        eventually(lambda: is_live(str(port)), "the container answers")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=10) as page:
            assert page.status == 200
        user = subprocess.run([image, "exec", name, "id", "-u"], capture_output=True, text=True, check=True).stdout
        assert user.strip() == "10001"
        health = [image, "exec", name, "python", "manage.py", "healthcheck"]
        eventually(lambda: _runs(*health), "web and worker are well")
        began = time.monotonic()
        subprocess.run([image, "stop", "--time", "15", name], capture_output=True, check=True, timeout=60)
        assert time.monotonic() - began < 15
    finally:
        logs = subprocess.run([image, "logs", name], capture_output=True, text=True, check=False)
        print(logs.stdout[-3000:], logs.stderr[-3000:])
        subprocess.run([image, "rm", "--force", name], capture_output=True, check=False)
