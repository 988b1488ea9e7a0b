"""Where the web processes of one machine keep their request times, for whichever of them is asked."""

import os
from pathlib import Path

#: Memory: the files have holes, and a process that writes into one is killed (SIGBUS) if the disk is full.
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of ours in it, see below)


def metrics_folder(data_dir: Path, port: int) -> Path:
    """Return the folder of the web server on this port, made if need be, in shared memory if there is any."""
    for parent in (SHARED_MEMORY, data_dir):
        folder = parent / f"fsportal-metrics-{os.getuid()}-{port}"
        if _is_ours(folder):
            return folder
    raise OSError(f"{data_dir} cannot be written.")


def _is_ours(folder: Path) -> bool:
    """Make it and tell whether it belongs to us: anybody on the machine may write into shared memory."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return False
    about = folder.lstat()
    return folder.is_dir() and not folder.is_symlink() and about.st_uid == os.getuid()


def emptied(folder: Path) -> None:
    """Forget the times of processes that are gone. Only while no web process runs."""
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)
