"""Files that only the user under which the portal runs may read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

#: For what processes make from now on.
UMASK = 0o077


def close_to_others(*paths: Path) -> int:
    """Take from others what they may do with files and whole folders; return how many were open to them.

    Links and what belongs to another user are left alone.
    """
    return sum(_close(found) for path in paths for found in _all_in(path))


def _all_in(path: Path) -> Iterator[Path]:
    yield path
    for folder, folders, files in os.walk(path):
        yield from (Path(folder, name) for name in [*folders, *files])


def _close(path: Path) -> bool:
    try:
        about = path.lstat()
        is_open = stat.S_IMODE(about.st_mode) & UMASK and not stat.S_ISLNK(about.st_mode)
        if not is_open or about.st_uid != os.getuid():
            return False
        path.chmod(stat.S_IMODE(about.st_mode) & ~UMASK)
    except FileNotFoundError:  # a database takes its files away while we look
        return False
    return True
