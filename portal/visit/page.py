"""The contents of the visit page: a plain sentence, four steps, the facts, and what of the technician may be seen.

Words are in the reader's language, which must be the active one; times are in the site's zone, which is named.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.models import Booking, BookingStatus, CustomerNote, Feedback
from bookings.models.status import MAY_BE_LATE
from fsportal.lib import phones, zones
from fsportal.lib.text import initials, one_line
from fsportal.models import PortalSettings
from portal.visit.access import VisitAccess
from portal.visit.answer import AnswerBox
from portal.visit.choices import Choices

S = BookingStatus
#: From this long before the start, something may happen at any minute.
SOON = dt.timedelta(hours=2)
PARTS = re.compile(r"(?<=[,،]) | (?=\()")
STEP_OF = {S.SCHEDULED: 0, S.TRAVELING: 1, S.IN_PROGRESS: 2, S.COMPLETED: 3}


@dataclass(frozen=True)
class VisitStep:
    """One of the four steps; `state` is done, now or next."""

    label: str
    state: str

    @property
    def spoken(self) -> str:
        """Return the state in words, for those who do not see the line."""
        return {"done": _("done"), "now": _("now"), "next": _("still to come")}[self.state]


@dataclass(frozen=True)
class ShownTechnician:
    """What the customer may see of the technician; what the settings hide is empty."""

    name: str
    initials: str
    has_photo: bool
    phone: str
    phone_shown: str


@dataclass(frozen=True)
class VisitPage:
    access: VisitAccess

    @property
    def booking(self) -> Booking:
        return self.access.booking

    @property
    def portal_settings(self) -> PortalSettings:
        return self.access.portal_settings

    @property
    def language(self) -> str:
        return self.access.language

    @property
    def now(self) -> dt.datetime:
        return self.access.now

    # --- Where the visit stands -------------------------------------------------------------------------------------

    @cached_property
    def stage(self) -> int:
        """Return the number of the current step; a break belongs to the step that it interrupts."""
        status = self.booking.status
        if status == S.ON_BREAK:
            status = S.IN_PROGRESS if self._broke_off_work() else S.TRAVELING
        return STEP_OF.get(S(status), 0)

    def _broke_off_work(self) -> bool:
        breaks = self.booking.changes.filter(new_status=S.ON_BREAK).exclude(old_status=S.ON_BREAK)
        return breaks.order_by("-revision").values_list("old_status", flat=True).first() == S.IN_PROGRESS

    @property
    def is_canceled(self) -> bool:
        """Tell whether the visit is canceled; the steps are hidden then."""
        return self.booking.status == S.CANCELED

    @property
    def is_completed(self) -> bool:
        return self.booking.status == S.COMPLETED

    @property
    def is_over(self) -> bool:
        return self.is_canceled or self.is_completed

    @property
    def is_live(self) -> bool:
        """Tell whether the page should keep itself up to date: somebody is at it, or will be soon."""
        if self.booking.status == S.SCHEDULED:
            ends = max(self.booking.told_end, self.booking.expected_start or self.booking.end)
            return self.booking.told_time.start - SOON <= self.now < ends
        return not self.is_over

    @property
    def steps(self) -> list[VisitStep]:
        labels = [
            pgettext("step of a visit", "Booked"),
            pgettext("step of a visit", "On the way"),
            pgettext("step of a visit", "Working"),
            pgettext("step of a visit", "Done"),
        ]
        return [VisitStep(label, self._state_of(number)) for number, label in enumerate(labels)]

    def _state_of(self, number: int) -> str:
        if number == self.stage:
            return "now"
        return "done" if number < self.stage else "next"

    @property
    def short(self) -> str:
        """Return the state of the visit in a word or two, for the window's title."""
        return _("Canceled") if self.is_canceled else self.steps[self.stage].label

    # --- The sentence at the top ------------------------------------------------------------------------------------

    @property
    def sentence(self) -> SafeString:
        sentences: dict[int, Callable[[], SafeString]] = {
            S.SCHEDULED: self._scheduled,
            S.TRAVELING: self._traveling,
            S.ON_BREAK: self._on_break,
            S.IN_PROGRESS: lambda: format_html("{}", _("Your technician is working")),
            S.COMPLETED: self._completed,
            S.CANCELED: lambda: format_html("{}", _("Your visit was canceled")),
        }
        return sentences[self.booking.status]()

    def _late(self) -> SafeString:
        words = _("We are running late: your visit is expected to begin about {when}")
        return format_html(words, when=_in_parts(self.expected))

    def _scheduled(self) -> SafeString:
        if self.expected:
            return self._late()
        if self.now < self.booking.told_time.start:
            return format_html(_("Your visit is on {when}"), when=_in_parts(self.when))
        if self.now < self.booking.told_end:
            return format_html(_("Your visit is due now: {when}"), when=_in_parts(self.when))
        return format_html(_("Your visit was planned for {when}"), when=_in_parts(self.when))

    def _traveling(self) -> SafeString:
        who = self._who()
        if self.arrival and self.is_late:
            return format_html(_("{who} is on the way, expected {arrival}"), who=who, arrival=_in_parts(self.arrival))
        if self.arrival:
            return format_html(_("{who} is on the way, arriving {arrival}"), who=who, arrival=_in_parts(self.arrival))
        return self._late() if self.expected else format_html(_("{who} is on the way"), who=who)

    def _on_break(self) -> SafeString:
        if self.stage == STEP_OF[S.IN_PROGRESS]:
            return format_html("{}", _("The work is paused for a short break"))
        return format_html("{}", _("Your technician is taking a short break on the way"))

    def _completed(self) -> SafeString:
        done = self.booking.completed_at
        if done is None:
            return format_html("{}", _("Your visit was completed"))
        when = zones.moment(done, self.booking.zone_name, self.language, now=self.now)
        return format_html(_("Your visit was completed on {when}"), when=_in_parts(when))

    def _who(self) -> SafeString:
        name = self.technician.name if self.technician else ""
        # A name in another direction must not turn the sentence around.
        return format_html("<bdi>{}</bdi>", name) if name else format_html("{}", _("Your technician"))

    @property
    def hint(self) -> str:
        """Return what to expect next, or what to do, or ""."""
        hints: dict[int, Callable[[], str]] = {
            S.SCHEDULED: self._hint_scheduled,
            S.TRAVELING: lambda: _("It is taking a little longer than expected.") if self.is_late else "",
            S.ON_BREAK: lambda: _("This page will tell you when it goes on."),
            S.COMPLETED: lambda: _("Thank you for having us."),
            S.CANCELED: lambda: _("Nobody will come. To book again, ask us."),
        }
        return hints.get(self.booking.status, lambda: "")()

    def _hint_scheduled(self) -> str:
        if self.now >= self.booking.told_end:
            return _("If nobody has come, ask us.")
        if self.now >= self.booking.told_time.start:
            return _("Your technician has not set off yet.")
        return _("We will tell you when your technician sets off.") if self.portal_settings.send_traveling else ""

    # --- Facts ------------------------------------------------------------------------------------------------------

    @property
    def when(self) -> str:
        booking = self.booking
        return booking.told_time.words(booking.zone_name, self.language, end=booking.end, now=self.now)

    @property
    def expected(self) -> str:
        """Return when work is expected to begin, while that lies ahead and the technician said to run late.

        On the way, an arrival time says more; this is for when none is known.
        """
        booking, begins = self.booking, self.booking.expected_start
        if booking.status not in MAY_BE_LATE or begins is None or begins <= max(self.now, booking.told_time.latest):
            return ""
        return zones.moment(begins, booking.zone_name, self.language, now=self.now)

    @property
    def service(self) -> str:
        return one_line(self.booking.work_order.incident_type.local_name)

    @cached_property
    def arrival(self) -> str:
        """Return the arrival time as a range in the site's zone while *Traveling*, or "" if it is unknown."""
        booking = self.booking
        earliest, latest = booking.arrival_earliest, booking.arrival_latest
        if booking.status != S.TRAVELING or earliest is None or latest is None:
            return ""
        return zones.span(earliest, latest, booking.zone_name, self.language, now=self.now)

    @cached_property
    def where_you_are(self) -> str:
        """Return the time that matters now by the contact's own clock, if that differs from the site's, or ""."""
        start = self.booking.arrival_earliest if self.arrival else self.booking.told_time.start
        if start is None or self.stage > STEP_OF[S.TRAVELING] or self.is_canceled:
            return ""
        return zones.where_you_are(start, self.booking.zone_name, self.access.contact.time_zone, self.language)

    @property
    def is_late(self) -> bool:
        """Tell whether the announced arrival has passed without anybody there."""
        latest = self.booking.arrival_latest
        return self.booking.status == S.TRAVELING and latest is not None and latest < self.now

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """Return rows of icon, label and value; rows without a value are left out."""
        order = self.booking.work_order
        rows = [
            ("clock", _("Planned time") if self.is_over else _("Time"), self._when_there_and_here()),
            ("pin", _("Place"), one_line(order.site.line_for_customers(self.portal_settings.home_country))),
            ("tool", _("Service"), self.service),
            ("person", _("Visit of"), one_line(self.access.viewer.whose(self.booking) if self.access.viewer else "")),
            ("tag", _("Reference"), one_line(order.number)),
        ]
        return [row for row in rows if row[2]]

    def _when_there_and_here(self) -> str:
        booking = self.booking
        if self.is_over:
            return self.when
        own = zones.where_you_are(
            booking.told_time.start, booking.zone_name, self.access.contact.time_zone, self.language
        )
        return zones.beside(self.when, own, self.language)

    @property
    def technician(self) -> ShownTechnician | None:
        """Return what may be seen of the technician; only while *Traveling* (Settings page, *Track My Technician*)."""
        portal_settings, resource = self.portal_settings, self.booking.resource
        if self.booking.status != S.TRAVELING or not portal_settings.track_my_technician:
            return None
        name = one_line(resource.name) if portal_settings.show_resource_name else ""
        phone = resource.main_phone if portal_settings.show_resource_phone else ""
        has_photo = portal_settings.show_resource_image and bool(resource.photo)
        if not (name or phone or has_photo):
            return None
        return ShownTechnician(name, initials(name) if name else "", has_photo, phone, phones.display(phone))

    @property
    def survey(self) -> str:
        """Return the survey's address once the work is done, or an empty string."""
        return self.portal_settings.survey_url if self.is_completed else ""

    # --- What the customer can do, and has said ---------------------------------------------------------------------

    @cached_property
    def choices(self) -> Choices:
        return Choices.of(self.access)

    @property
    def answer(self) -> AnswerBox:
        return AnswerBox(self.access, self.choices.allowed)

    @property
    def needs_asking(self) -> bool:
        """Tell whether the visit can be changed only by asking us."""
        return self.choices.is_open and not self.choices.buttons

    @cached_property
    def feedback(self) -> Feedback | None:
        if not self.is_completed:
            return None
        return Feedback.objects.filter(booking=self.booking, contact=self.access.contact).first()

    @property
    def asks_for_feedback(self) -> bool:
        """Tell whether to ask how it was: done not long ago, nothing said yet, and no survey asks already."""
        return Feedback.is_open(self.booking, self.now) and not self.survey and self.feedback is None

    @cached_property
    def notes(self) -> list[tuple[str, str]]:
        """Return when and what this contact (nobody else) wrote about the visit, newest first."""
        booking, own = self.booking, CustomerNote.objects.filter(booking=self.booking, contact=self.access.contact)
        return [
            (zones.moment(note.written_at, booking.zone_name, self.language, now=self.now), note.text) for note in own
        ]


def _in_parts(time: str) -> SafeString:
    """Return a time whose lines break between day, clock time and zone: "Tue 24 Nov, | 10:20 | (Rome time)"."""
    return format_html_join(" ", '<span class="part">{}</span>', ((part,) for part in PARTS.split(time)))
