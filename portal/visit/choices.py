"""The buttons for what a customer may do with a visit by themselves, until when, and why not.

Words are in the reader's language, which must be the active one; times are in the site's zone.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bookings.models import BookingStatus
from bookings.self_service.policy import Allowed, Why, allowed
from fsportal.lib import zones
from portal.visit.access import VisitAccess


@dataclass(frozen=True)
class VisitLink:
    name: str
    label: str
    address: str


@dataclass(frozen=True)
class Choices:
    access: VisitAccess
    allowed: Allowed

    @classmethod
    def of(cls, access: VisitAccess, *, changes: int | None = None) -> "Choices":
        """Return the choices; lists of visits bring `changes` (policy.allowed)."""
        return cls(access, allowed(access.booking, access.now, changes=changes))

    @property
    def is_open(self) -> bool:
        """Tell whether anything can still be changed, by the customer or by staff."""
        return self.access.booking.status == BookingStatus.SCHEDULED

    @property
    def buttons(self) -> list[VisitLink]:
        """Return the buttons, the likeliest first."""
        wanted = [
            ("change", _("Change time"), self.allowed.change),
            ("cancel", _("Cancel visit"), self.allowed.cancel),
            ("ask", self._ask_label(), self.is_open and bool(self.refused)),
        ]
        return [VisitLink(name, label, self.access.to[name]) for name, label, is_wanted in wanted if is_wanted]

    def _ask_label(self) -> str:
        return _("Ask us to cancel it") if self.allowed.change else _("Ask us to change it")

    @property
    def refused(self) -> list[Why]:
        """Return why something may not be done, each reason once."""
        reasons = [self.allowed.why_not_change, self.allowed.why_not_cancel]
        return list(dict.fromkeys(why for why in reasons if why))

    @property
    def why_not(self) -> list[str]:
        """Return the reasons as sentences, for the customer."""
        if not self.is_open:
            return []
        if self.access.booking.told_time.start <= self.access.now and Why.CUTOFF in self.refused:
            return [_("Its time has come already. Ask us, and we will see to it.")]
        return [self._in_words(why) for why in self.refused]

    def _in_words(self, why: Why) -> str:
        """Return a reason; with what it is about, if it stands against one thing and not the other."""
        of_change, of_cancel = self.allowed.why_not_change == why, self.allowed.why_not_cancel == why
        if why not in (Why.POLICY, Why.CUTOFF) or of_change == of_cancel:
            return str(why.label)
        about = _("This visit cannot be changed here") if of_change else _("This visit cannot be canceled here")
        return f"{about}. {why.label}"

    @property
    def until(self) -> str:
        """Return the sentences that name the cut-offs that lie ahead, or ""."""
        change = self.allowed.change_until if self.allowed.change else None
        cancel = self.allowed.cancel_until if self.allowed.cancel else None
        if change and change == cancel:
            return _("You can change or cancel until %(when)s.") % {"when": self._when(change)}
        sentences = []
        if change:
            sentences.append(_("You can change the time until %(when)s.") % {"when": self._when(change)})
        if cancel:
            sentences.append(_("You can cancel until %(when)s.") % {"when": self._when(cancel)})
        return " ".join(sentences)

    def _when(self, moment: dt.datetime) -> str:
        return zones.moment(moment, self.access.booking.zone_name, self.access.language)
