"""The checklist of the first hour: what is left to do until customers get their first message.

Each app registers its steps, which know from the data whether they are done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fsportal.models import PortalSettings


@dataclass(frozen=True)
class ChecklistStep:
    """One thing to do. `missing` says what is left of it, or "" once it is done.

    `address` returns where that is done, from the settings and what is missing. `place` orders the steps of all apps.
    """

    place: int
    slug: str
    title: Any
    why: Any
    missing: Callable[[PortalSettings], str]
    address: Callable[[PortalSettings, str], str]


@dataclass(frozen=True)
class ChecklistLine:
    slug: str
    title: str
    why: str
    missing: str
    url: str

    @property
    def is_done(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Checklist:
    lines: list[ChecklistLine]

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def done(self) -> int:
        return sum(line.is_done for line in self.lines)

    @property
    def is_complete(self) -> bool:
        return self.done == self.total

    @property
    def next(self) -> ChecklistLine | None:
        """Return the first step that is left."""
        return next((line for line in self.lines if not line.is_done), None)


_steps: dict[str, ChecklistStep] = {}


def register(*steps: ChecklistStep) -> None:
    """Add steps; one of the same slug replaces the earlier one."""
    _steps.update({step.slug: step for step in steps})


def checklist(portal_settings: PortalSettings) -> Checklist:
    """Return all steps as they are now."""
    ordered = sorted(_steps.values(), key=lambda step: step.place)
    return Checklist([_line(step, portal_settings) for step in ordered])


def _line(step: ChecklistStep, portal_settings: PortalSettings) -> ChecklistLine:
    missing = str(step.missing(portal_settings))
    return ChecklistLine(step.slug, str(step.title), str(step.why), missing, step.address(portal_settings, missing))
