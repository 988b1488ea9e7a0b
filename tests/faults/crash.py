"""Lets a process die at one step of its work, as SIGKILL would: at each commit and each handing over, on both sides.

The steps are found by running, not listed: the n-th step is wherever the n-th of the calls below comes by.
"""

import functools
import os
import re
import smtplib
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

#: What is patched in the dying process besides the database's commits and statements, and what a call of it means.
CALLS: dict[str, tuple[type, str]] = {
    "handing over an email": (smtplib.SMTP, "data"),
    "handing over a text": (httpx.Client, "send"),
}
WRITES = re.compile(r"\s*(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM) \"?(?:\w+?_)?(\w+)")
DIED, BROKE = 86, 87


class Steps:
    """Counts the steps of this process, notes their names in a file, and dies at the step `fatal`."""

    def __init__(self, fatal: int, names: Path) -> None:
        self._fatal, self._names, self._passed = fatal, names, 0
        self._written: list[str] = []

    def install(self) -> None:
        """Patch this process. Nothing undoes it: the process is to die."""
        for name, (owner, method) in CALLS.items():
            self._wrap(owner, method, lambda *_args, name=name: name)
        self._wrap(BaseDatabaseWrapper, "commit", self._commit)
        self._wrap(CursorWrapper, "execute", self._statement)

    def _wrap(self, owner: type, method: str, name_of: Callable[..., str]) -> None:
        inner = getattr(owner, method)

        @functools.wraps(inner)
        def stepping(*args: Any, **kwargs: Any) -> Any:
            name = name_of(*args)
            if not name:
                return inner(*args, **kwargs)
            self._pass(f"before {name}")
            result = inner(*args, **kwargs)
            self._pass(f"after {name}")
            return result

        setattr(owner, method, stepping)

    def _commit(self, *_args: object) -> str:
        tables, self._written = ", ".join(dict.fromkeys(self._written)), []
        return f"the commit of {tables or 'nothing'}"

    def _statement(self, cursor: CursorWrapper, statement: object, *_args: object) -> str:
        """Outside a transaction a statement that writes is its own commit; within one it is no step."""
        table = WRITES.match(str(statement))
        if table is None:
            return ""
        if cursor.db.in_atomic_block:
            self._written.append(table[1])
            return ""
        return f"writing {table[1]}"

    def _pass(self, name: str) -> None:
        with self._names.open("a") as file:
            file.write(f"{name}\n")
        if self._passed == self._fatal:
            os._exit(DIED)
        self._passed += 1


def die_at(step: int, names: Path, work: Callable[[], object]) -> bool:
    """Do the work in a process that dies at a step; returns whether it died, and False if it came to its end."""
    names.write_text("")
    # The two processes must not share a connection.
    connections.close_all()
    with warnings.catch_warnings():
        # From Python 3.12 on: the threads here are the servers', of whose locks the child needs none.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _work_and_end(step, names, work)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, DIED), names.read_text()
    return code == DIED


def _work_and_end(step: int, names: Path, work: Callable[[], object]) -> None:
    try:
        Steps(step, names).install()
        work()
    except BaseException:  # noqa: BLE001  (it must not come to the end of the test in a second process)
        names.write_text(traceback.format_exc())
        os._exit(BROKE)
    os._exit(0)
