"""What the home of a signed-in customer says: who is on the way, what is planned, and what has been.

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

from bookings.models import Booking, BookingChange, BookingStatus, Feedback, Verb, Via
from bookings.models.booking_reads import BookingQuerySet
from bookings.models.status import FINAL
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import Contact, PortalSettings
from portal.access import Viewer
from portal.visit.access import VisitAccess
from portal.visit.choices import Choices
from portal.visit.live import Live
from portal.visit.page import VisitPage

S = BookingStatus
PER_PAGE = 20
PAST = "past"


@dataclass(frozen=True)
class VisitCard:
    """One visit in a list, as this customer reads it."""

    door: VisitAccess
    choices: Choices
    home: "HomePage"

    @property
    def booking(self) -> Booking:
        """Return the booking that the card is about."""
        return self.door.booking

    @property
    def service(self) -> str:
        """Return what is done, in customers' terms."""
        return one_line(self.booking.work_order.incident_type.name)

    @property
    def place(self) -> str:
        """Return where, on one line."""
        return one_line(self.booking.work_order.site.address_line())

    @property
    def day(self) -> str:
        """Return the day at the site, with *Today* or *Tomorrow* where it is one of them there."""
        booking, now = self.booking, self.home.now
        day = zones.day(booking.start, booking.zone_name, self.home.language, now=now)
        days = (zones.local(booking.start, booking.zone_name).date() - zones.local(now, booking.zone_name).date()).days
        near = {0: pgettext("day", "Today"), 1: pgettext("day", "Tomorrow")}.get(days)
        # Translators: a day of the week with its date, as in "Today, Tue 24 Nov".
        return _("%(near)s, %(day)s") % {"near": near, "day": day} if near else day

    @property
    def time(self) -> str:
        """Return from when to when, below the heading of the day; the arrival once somebody is on the way."""
        booking = self.booking
        earliest, latest = booking.arrival_earliest, booking.arrival_latest
        if booking.status != S.TRAVELING or earliest is None or latest is None:
            earliest, latest = booking.start, booking.end
        return zones.span(earliest, latest, booking.zone_name, self.home.language, now=self.home.now)

    @property
    def when(self) -> str:
        """Return day and time, for a card without a heading."""
        booking = self.booking
        return zones.when(booking.start, booking.end, booking.zone_name, self.home.language, now=self.home.now)

    @property
    def where_you_are(self) -> str:
        """Return the start by the contact's own clock, while it lies ahead and where that is another one."""
        booking = self.booking
        if booking.status != S.SCHEDULED:
            return ""
        own = self.door.contact.time_zone
        return zones.where_you_are(booking.start, booking.zone_name, own, self.home.language)

    @property
    def state(self) -> tuple[str, str]:
        """Return where the visit stands in a word or two, and what it means: quiet, good, waiting or attention."""
        booking, now = self.booking, self.home.now
        if booking.status == S.SCHEDULED and booking.end <= now:
            return _("Planned time has passed"), "attention"
        if booking.status == S.SCHEDULED and booking.start <= now:
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
    def whose(self) -> str:
        """Return the name of the other contact whose visit it is; empty for the customer's own."""
        return self.home.viewer.whose(self.booking)

    @property
    def account(self) -> str:
        """Return the account where the customer sees the visits of several."""
        return self.booking.work_order.account.name if len(self.home.accounts) > 1 else ""

    @property
    def feedback(self) -> str:
        """Return where to say how it was, while that is open and nothing was said; for own visits only."""
        is_asked = Feedback.is_open(self.booking, self.home.now) and not self.whose
        if not is_asked or self.booking.pk in self.home.rated:
            return ""
        return self.home.portal_settings.survey_url or self.door.to["feedback"]


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
        """Tell whether the tab *Past* is open."""
        return self.show == PAST

    @cached_property
    def accounts(self) -> list[Contact]:
        """Return the contacts that the customer is, one for each account, by the accounts' names."""
        one_each = {contact.account_id: contact for contact in self.viewer.contacts}
        return sorted(one_each.values(), key=lambda contact: contact.account.name)

    @cached_property
    def active(self) -> VisitPage | None:
        """Return the visit to which somebody is traveling now: the customer's own first, then the nearest."""
        ids = [contact.pk for contact in self.viewer.contacts]
        own = Case(When(work_order__reported_by__in=ids, then=0), default=1, output_field=IntegerField())
        traveling = self.viewer.bookings().with_visit().filter(status=S.TRAVELING)
        first = traveling.order_by(own, F("arrival_earliest").asc(nulls_last=True), "start").first()
        return VisitPage.of(self._door(first), self.portal_settings, self.now) if first else None

    @cached_property
    def live(self) -> Live | None:
        """Return the live map of the active visit, where there is one to be seen."""
        return Live.of(self.active) if self.active else None

    @property
    def is_live(self) -> bool:
        """Tell whether the page should keep itself up to date: somebody is on the way."""
        return not self.is_past and self.active is not None

    @property
    def active_card(self) -> VisitCard | None:
        """Return the active visit as a card: whose it is, and where."""
        return self._card(self.active.booking) if self.active else None

    @cached_property
    def page(self) -> Page[Booking]:
        """Return one page of the bookings of the open tab."""
        return Paginator(self._past() if self.is_past else self._ahead(), PER_PAGE).get_page(self.number)

    def _ahead(self) -> BookingQuerySet:
        moves = Q(changes__via=Via.PORTAL, changes__verb=Verb.RESCHEDULE)
        ahead = self._listed().active().annotate(moved_by_customer=Count("changes", filter=moves))
        return ahead.exclude(pk=self.active.booking.pk) if self.active else ahead

    def _past(self) -> BookingQuerySet:
        """Return what is done or off, by when it came to be past: one that was called off is past from then on."""
        off = BookingChange.objects.filter(booking=OuterRef("pk"), verb=Verb.CANCEL).order_by("-revision")
        over = Least("start", Coalesce(Subquery(off.values("at")[:1]), "start"))
        past = self._listed().filter(status__in=FINAL).annotate(moved_by_customer=Value(0), over_at=over)
        return past.order_by("-over_at", "-start", "pk")

    def _listed(self) -> BookingQuerySet:
        return self.viewer.bookings().with_visit().order_by("start", "pk")

    @cached_property
    def rated(self) -> set[object]:
        """Return the bookings on the open page of which the customer has said how they were."""
        given = Feedback.objects.filter(booking__in=[booking.pk for booking in self.page])
        return set(given.filter(contact__in=self.viewer.contacts).values_list("booking", flat=True))

    @cached_property
    def cards(self) -> list[VisitCard]:
        """Return the visits on the open page."""
        return [self._card(booking) for booking in self.page]

    @property
    def days(self) -> Iterator[tuple[str, list[VisitCard]]]:
        """Return the visits under their days."""
        for day, cards in groupby(self.cards, key=lambda card: card.day):
            yield day, list(cards)

    def _card(self, booking: Booking) -> VisitCard:
        door = self._door(booking)
        return VisitCard(door, Choices.of(door, self.now, changes=getattr(booking, "moved_by_customer", 0)), self)

    def _door(self, booking: Booking) -> VisitAccess:
        return VisitAccess(booking, self.viewer.contact_for(booking), viewer=self.viewer)
