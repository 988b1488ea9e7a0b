"""This machine and its environment: cache, worker, disks, settings, secrets."""

import stat
from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from fsportal.lib import disks, probes
from fsportal.management.doctor.finding import Finding, note, ok, wrong

#: Bytes. Below this there should be more soon; health speaks up later (fsportal/lib/disks.py).
PLENTY = 1_000_000_000


def cache() -> Iterator[Finding]:
    yield from _probe("cache", probes.CACHE, "It keeps what it is given.")


def worker() -> Iterator[Finding]:
    for name in probes.names():
        if name not in ("The database", probes.CACHE, probes.DISKS):
            yield from _probe("worker", name, f"{name}: all is well.")


def _probe(about: str, name: str, well: str) -> Iterator[Finding]:
    problems = probes.problems_of(name)
    yield from (wrong(about, problem, "docs/operations.md, Health, says what it means.") for problem in problems)
    if not problems:
        yield ok(about, well)


def space() -> Iterator[Finding]:
    for what, folder in disks.watched():
        free = disks.free(folder)
        said = f"{what}: {free // 1_000_000:,} MB are free."
        yield ok("disk", said) if free > PLENTY else wrong("disk", said, f"Make room, or move it: {folder}")


def environment() -> Iterator[Finding]:
    """`check --deploy` in short. On a machine to look around with, its warnings are only notes."""
    found = [one for one in checks.run_checks(include_deployment_checks=True) if not one.is_silenced()]
    for one in found:
        says = f"{one.id}: {' '.join(str(one.msg).split())}"
        to_do = str(one.hint or "manage.py check --deploy says more.")
        is_wrong = one.level >= checks.ERROR or settings.SECURE
        yield wrong("settings", says, to_do) if is_wrong else note("settings", says)
    if not found:
        yield ok("settings", "manage.py check --deploy finds nothing.")
    yield note("settings", f"DELIVERY_MODE is {settings.DELIVERY_MODE}.")


def secrets() -> Iterator[Finding]:
    if settings.SECRET_KEY_FALLBACKS:
        yield note(
            "secrets",
            f"{len(settings.SECRET_KEY_FALLBACKS)} earlier keys still open what they have signed.",
            "SECURITY.md says when SECRET_KEY_FALLBACKS may be shortened.",
        )
    file = settings.DATA_DIR / "secret-key"
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield wrong("secrets", f"Others may read {file}.", f"chmod 600 {file}")
    else:
        yield ok("secrets", "SECRET_KEY is set, and not readable by others where we keep it.")
