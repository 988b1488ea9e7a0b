"""The home page of a signed-in customer: who is on the way, what is planned, and what is past.

The number of queries does not grow with the number of visits. Words are in the reader's language, which must be the
active one; times are in each site's zone, which is named.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.models import Booking, BookingChange, BookingQuerySet, BookingStatus, Feedback, Verb, Via
from bookings.models.status import FINAL
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import Contact, PortalSettings
from portal.access.viewer import Viewer
from portal.visit.access import VisitAccess
from portal.visit.answer import AnswerBox
from portal.visit.choices import Choices
from portal.visit.live import LiveMap
from portal.visit.page import VisitPage

S = BookingStatus
PER_PAGE = 20
PAST = "past"


@dataclass(frozen=True)
class VisitCard:
    access: VisitAccess
    choices: Choices
    home: "HomePage"

    @property
    def booking(self) -> Booking:
        return self.access.booking

    @property
    def service(self) -> str:
        return one_line(self.booking.work_order.incident_type.local_name)

    @property
    def place(self) -> str:
        home = self.home.portal_settings.home_country
        return one_line(self.booking.work_order.site.line_for_customers(home))

    @property
    def day(self) -> str:
        """Return the day at the site, with *Today* or *Tomorrow* if it is one of them there."""
        booking, now = self.booking, self.home.now
        start, zone_name = booking.told_time.start, booking.zone_name
        day = zones.day(start, zone_name, self.home.language, now=now)
        days = (zones.local(start, zone_name).date() - zones.local(now, zone_name).date()).days
        near = {0: pgettext("day", "Today"), 1: pgettext("day", "Tomorrow")}.get(days)
        # Translators: a day of the week with its date, as in "Today, Tue 24 Nov".
        return _("%(near)s, %(day)s") % {"near": near, "day": day} if near else day

    @property
    def time(self) -> str:
        """Return the time for a card below the heading of its day: the arrival once somebody is on the way."""
        booking = self.booking
        earliest, latest = booking.arrival_earliest, booking.arrival_latest
        if booking.status != S.TRAVELING or earliest is None or latest is None:
            told = booking.told_time
            earliest, latest = told.start, told.until or booking.end
        return zones.span(earliest, latest, booking.zone_name, self.home.language, now=self.home.now)

    @property
    def when(self) -> str:
        booking = self.booking
        return booking.told_time.words(booking.zone_name, self.home.language, end=booking.end, now=self.home.now)

    @property
    def where_you_are(self) -> str:
        """Return the start by the contact's own clock, if that differs from the site's and the visit lies ahead."""
        booking = self.booking
        if booking.status != S.SCHEDULED:
            return ""
        own = self.access.contact.time_zone
        return zones.where_you_are(booking.told_time.start, booking.zone_name, own, self.home.language)

    @property
    def state(self) -> tuple[str, str]:
        """Return the visit's status in a word or two, and its tone: quiet, good, waiting or attention."""
        booking, now = self.booking, self.home.now
        if booking.status == S.SCHEDULED and booking.told_end <= now:
            return _("Planned time has passed"), "attention"
        if booking.status == S.SCHEDULED and booking.told_time.start <= now:
            return _("Due now"), "waiting"
        words = {
            S.SCHEDULED: (pgettext("step of a visit", "Booked"), "quiet"),
            S.TRAVELING: (pgettext("step of a visit", "On the way"), "good"),
            S.ON_BREAK: (_("Short break"), "waiting"),
            S.IN_PROGRESS: (pgettext("step of a visit", "Working"), "good"),
            S.COMPLETED: (pgettext("step of a visit", "Done"), "good"),
            S.CANCELED: (_("Canceled"), "failed"),
        }
        return words[S(booking.status)]

    @property
    def answer(self) -> AnswerBox:
        return AnswerBox(self.access, self.choices.allowed)

    @property
    def whose(self) -> str:
        return self.home.viewer.whose(self.booking)

    @property
    def account(self) -> str:
        """Return the account's name if the customer sees the visits of several accounts."""
        return self.booking.work_order.account.name if len(self.home.accounts) > 1 else ""

    @property
    def feedback(self) -> str:
        """Return the address for feedback, while it is open and not given yet; for own visits only."""
        is_asked = Feedback.is_open(self.booking, self.home.now) and not self.whose
        if not is_asked or self.booking.pk in self.home.rated:
            return ""
        return self.home.portal_settings.survey_url or self.access.to["feedback"]


@dataclass(frozen=True)
class HomePage:
    """The visits of one customer at `now` (aware): what is ahead, or what is past."""

    viewer: Viewer
    portal_settings: PortalSettings
    language: str
    now: dt.datetime
    show: str = ""
    number: str = ""

    @property
    def is_past(self) -> bool:
        return self.show == PAST

    @cached_property
    def accounts(self) -> list[Contact]:
        """Return one of the customer's contacts for each account, by account name."""
        one_each = {contact.account_id: contact for contact in self.viewer.contacts}
        return sorted(one_each.values(), key=lambda contact: contact.account.name)

    @cached_property
    def active(self) -> VisitPage | None:
        """Return the visit that somebody is traveling to now: the customer's own first, then the next to be reached."""
        ids = [contact.pk for contact in self.viewer.contacts]
        own = Case(When(work_order__reported_by__in=ids, then=0), default=1, output_field=IntegerField())
        traveling = self.viewer.bookings().with_visit().filter(status=S.TRAVELING)
        first = traveling.order_by(own, F("arrival_earliest").asc(nulls_last=True), "start").first()
        return VisitPage(self._access(first)) if first else None

    @cached_property
    def live(self) -> LiveMap | None:
        return LiveMap.of(self.active) if self.active else None

    @property
    def is_live(self) -> bool:
        """Tell whether the page should keep itself up to date: somebody is on the way."""
        return not self.is_past and self.active is not None

    @property
    def active_card(self) -> VisitCard | None:
        return self._card(self.active.booking) if self.active else None

    @cached_property
    def page(self) -> Page[Booking]:
        return Paginator(self._past() if self.is_past else self._ahead(), PER_PAGE).get_page(self.number)

    def _ahead(self) -> BookingQuerySet:
        moves = Q(changes__via=Via.PORTAL, changes__verb=Verb.RESCHEDULE)
        ahead = self._listed().active().annotate(moved_by_customer=Count("changes", filter=moves))
        return ahead.exclude(pk=self.active.booking.pk) if self.active else ahead

    def _past(self) -> BookingQuerySet:
        """Return completed and canceled visits, newest first; a canceled one is past from its cancelation on."""
        off = BookingChange.objects.filter(booking=OuterRef("pk"), verb=Verb.CANCEL).order_by("-revision")
        over = Least("start", Coalesce(Subquery(off.values("at")[:1]), "start"))
        past = self._listed().filter(status__in=FINAL).annotate(moved_by_customer=Value(0), over_at=over)
        return past.order_by("-over_at", "-start", "pk")

    def _listed(self) -> BookingQuerySet:
        return self.viewer.bookings().with_visit().order_by("start", "pk")

    @cached_property
    def rated(self) -> set[object]:
        """Return the bookings on this page that have the customer's feedback."""
        given = Feedback.objects.filter(booking__in=[booking.pk for booking in self.page])
        return set(given.filter(contact__in=self.viewer.contacts).values_list("booking", flat=True))

    @cached_property
    def cards(self) -> list[VisitCard]:
        return [self._card(booking) for booking in self.page]

    @property
    def days(self) -> Iterator[tuple[str, list[VisitCard]]]:
        for day, cards in groupby(self.cards, key=lambda card: card.day):
            yield day, list(cards)

    def _card(self, booking: Booking) -> VisitCard:
        access = self._access(booking)
        return VisitCard(access, Choices.of(access, changes=getattr(booking, "moved_by_customer", 0)), self)

    def _access(self, booking: Booking) -> VisitAccess:
        contact = self.viewer.contact_for(booking)
        return VisitAccess(booking, contact, self.now, self.portal_settings, viewer=self.viewer)
