"""A real routing engine for tests: Valhalla with the roads of Liechtenstein, slow in rush hours.

    with Engine() as engine:
        settings.ROUTING = routing_engines(engine.routing_url)

By hand: `.venv/bin/python -m tests.valhalla 8002` serves until Ctrl-C.

The first call on a machine takes pyvalhalla's wheel from the package index (its programs need no Python), builds tiles
and gives every road two speeds; some ten seconds, kept below the system's temporary folder. The speeds are made up:
what counts is that they differ, and that the engine knows.
"""

import base64
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import math
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

VERSION = "3.9.1"
HASHES = (
    "7b49c5e5f86cefd555b473aaaf34df3305889d30aa889b8abd3b4c2acc622271",  # x86_64
    "6ebe5f9dd6ce3b16413f939a271d68e64a4addd44df8a802a8eda0b9ca0bf16f",  # aarch64
)
MAP = Path(__file__).parent / "data" / "maps" / "liechtenstein-2013-08-03.osm.pbf"
#: Kilometres per hour when the road is free and in rush hours, by the level of the tile: highways, main roads, streets.
SPEEDS = {0: (70, 36), 1: (55, 30), 2: (35, 22)}
#: What we need of the wheel, besides the libraries of the programs; most of it is a module for another Python.
NEEDED = (
    "valhalla/valhalla_build_config.py",
    "valhalla/bin/valhalla_build_tiles",
    "valhalla/bin/valhalla_add_predicted_traffic",
    "valhalla/bin/valhalla_service",
)
#: On weekdays, in hours of the local day.
RUSH_HOURS = ((7.0, 9.0), (16.0, 18.5))
BUCKETS_A_DAY = 288
#: How many coefficients of a week Valhalla keeps of its 2,016 speeds.
COEFFICIENTS = 200


class NoEngineError(Exception):
    """There is no Valhalla for this machine, or no way to get it."""


# --- Getting it -----------------------------------------------------------------------------------------------------
def home() -> Path:
    """Return the folder of programs (`valhalla/`) and tiles (`tiles/`), made on the first call; safe with xdist.

    Raises NoEngineError when the package index does not have it for us.
    """
    root = Path(tempfile.gettempdir()) / f"fsportal-valhalla-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.stat().st_uid != os.getuid():
        raise NoEngineError(f"{root} belongs to somebody else")
    # What this file says is what is built.
    recipe = hashlib.sha256(Path(__file__).read_bytes() + MAP.read_bytes()).hexdigest()[:12]
    built = root / f"{VERSION}-{recipe}"
    with _locked(root / "lock"):
        if not built.exists():
            with tempfile.TemporaryDirectory(dir=root) as scratch:
                _build(Path(scratch), _wheel(root))
                Path(scratch).rename(built)  # all or nothing
    return built


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _wheel(root: Path) -> Path:
    """Return the wheel, pinned by version and hash, downloaded on the first call."""
    folder = root / f"wheel-{VERSION}"
    if not (found := list(folder.glob("*.whl"))):
        wanted = root / "requirements.txt"
        wanted.write_text(" ".join([f"pyvalhalla=={VERSION}", *(f"--hash=sha256:{value}" for value in HASHES)]))
        options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--retries", "1", "--require-hashes"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *options, "-r", str(wanted), "-d", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        found = list(folder.glob("*.whl"))
        if done.returncode or not found:
            raise NoEngineError(f"pip cannot get pyvalhalla {VERSION}: {done.stderr.strip().rpartition('ERROR: ')[2]}")
    return found[0]


# --- Building it ----------------------------------------------------------------------------------------------------
def _build(folder: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        needed = [name for name in archive.namelist() if name.startswith(("pyvalhalla.libs/", *NEEDED))]
        archive.extractall(folder, needed)
    for program in (folder / "valhalla" / "bin").iterdir():
        program.chmod(0o755)
    config = folder / "build.json"
    config.write_text(json.dumps(_config(folder)))
    _run(folder, "valhalla_build_tiles", "-c", config, MAP)
    _write_speeds(folder)
    _run(folder, "valhalla_add_predicted_traffic", "-c", config, folder / "traffic")


def _run(folder: Path, program: str, *arguments: str | Path) -> None:
    command = [folder / "valhalla" / "bin" / program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{program} failed: {(done.stdout + done.stderr)[-2000:]}"


def _config(folder: Path) -> dict[str, Any]:
    """Return Valhalla's own default configuration with our folder in it."""
    spec = importlib.util.spec_from_file_location("valhalla_defaults", folder / "valhalla" / "valhalla_build_config.py")
    assert spec
    assert spec.loader
    defaults = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(defaults)

    def plain(values: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in values.items() if not isinstance(value, defaults.Optional)}
        return {name: plain(value) if isinstance(value, dict) else value for name, value in kept.items()}

    config = plain(defaults.config)
    roads = config["mjolnir"]
    for other in ("tile_extract", "admin", "timezone", "traffic_extract", "landmarks", "transit_dir"):
        roads.pop(other)
    # Its table of nodes is as long as the planet's.
    roads.update(tile_dir=str(folder / "tiles"), id_table_size=1_000_000, concurrency=1)
    return config


def _write_speeds(folder: Path) -> None:
    """Write each tile's speeds as the manual says (https://valhalla.github.io/valhalla/mjolnir/historical_traffic/)."""
    weeks = {level: _encoded(_week(*speeds)) for level, speeds in SPEEDS.items()}
    for tile in (folder / "tiles").rglob("*.gph"):
        name = tile.relative_to(folder / "tiles").with_suffix("")
        level, number = int(name.parts[0]), int("".join(name.parts[1:]))
        free, rush = SPEEDS[level]
        # The header's sixth word holds three counts of 21 bits each: nodes, edges, predicted speeds.
        edges = struct.unpack_from("<Q", tile.read_bytes(), 40)[0] >> 21 & 0x1FFFFF
        csv = folder / "traffic" / name.with_suffix(".csv")
        csv.parent.mkdir(parents=True, exist_ok=True)
        csv.write_text("".join(f"{level}/{number}/{edge},{free},{rush},{weeks[level]}\n" for edge in range(edges)))


def _week(free: int, rush: int) -> list[int]:
    """Return the speed of every five minutes of a week that begins on Sunday."""
    speeds = []
    for bucket in range(7 * BUCKETS_A_DAY):
        day, hour = bucket // BUCKETS_A_DAY, bucket % BUCKETS_A_DAY / 12
        slow = 1 <= day <= 5 and any(start <= hour < end for start, end in RUSH_HOURS)
        speeds.append(rush if slow else free)
    return speeds


def _encoded(speeds: list[int]) -> str:
    """Return a week's speeds as Valhalla stores them: the first coefficients of a DCT-II, big-endian, base64."""
    number = len(speeds)
    values = []
    for k in range(COEFFICIENTS):
        total = sum(speed * math.cos(math.pi / number * (bucket + 0.5) * k) for bucket, speed in enumerate(speeds))
        values.append(round(math.sqrt(2 / number) * total * (math.sqrt(0.5) if k == 0 else 1)))
    return base64.b64encode(struct.pack(f">{COEFFICIENTS}h", *values)).decode()


# --- Running it -----------------------------------------------------------------------------------------------------
class Engine:
    """A valhalla_service on a free port of 127.0.0.1 for as long as the `with` lasts."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or _free_port()

    @property
    def routing_url(self) -> str:
        """The engine as ROUTING_URL."""
        return f"valhalla://127.0.0.1:{self.port}"

    def ask(self, action: str, body: dict[str, Any]) -> Any:
        """Ask the engine itself, past our own code."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{action}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def __enter__(self) -> Self:
        folder = home()
        # Its sockets' names may have a hundred letters at most, so the folder is near the root.
        self._scratch = tempfile.TemporaryDirectory(prefix="valhalla-")
        here = Path(self._scratch.name)
        config = _config(folder)
        # It would wait half a minute for clients that keep a connection.
        config["httpd"]["service"].update(listen=f"tcp://127.0.0.1:{self.port}", drain_seconds=0)
        for name in ("loopback", "interrupt"):
            config["httpd"]["service"][name] = f"ipc://{here}/{name}"
        for name in ("loki", "thor", "odin"):
            config[name]["service"]["proxy"] = f"ipc://{here}/{name}"
        (here / "config.json").write_text(json.dumps(config))
        self._log = (here / "log").open("w")
        program = folder / "valhalla" / "bin" / "valhalla_service"
        self._process = subprocess.Popen([program, here / "config.json", "1"], stdout=self._log, stderr=self._log)
        self._wait(here / "log")
        return self

    def _wait(self, log: Path) -> None:
        ends_at = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends_at:
                words = log.read_text()[-2000:]
                self.__exit__(None, None, None)
                raise AssertionError(f"valhalla_service does not answer: {words}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("status", {}))
        except OSError:
            return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._scratch.cleanup()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Serve until Ctrl-C."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8002
    with Engine(port) as engine, contextlib.suppress(KeyboardInterrupt):
        print(f"ROUTING_URL={engine.routing_url}  (Ctrl-C ends it)", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
