"""Today: the lanes of the day, then what needs somebody: late, to be planned, not told, not confirmed, and so on."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from bookings.admin import bulk, plans
from bookings.admin.board.page import of_day
from bookings.admin.confirmations import NOT_CONFIRMED, mark
from bookings.admin.timeline import RATING_TONES, STATES, STATUS_TONES
from bookings.admin.told_column import naming_start, with_told
from bookings.messages import reminders
from bookings.models import Booking, BookingStatus, BulkVerb, CustomerNote, Feedback, Reminder, Wish
from bookings.plan import MessagePlan, plan_each
from fsportal.lib import probes
from fsportal.models import Contact, PortalSettings
from fsportal.settings_area.company_zone import midnight
from fsportal.settings_area.parts import ago, change_url, company_day, company_moment, site_when
from notifications.admin import charts
from notifications.admin.message_states import tone, what_to_do
from notifications.customers import kinds
from notifications.models import CustomerNotification, Reason, State

SHOWN = 8
#: A visit that nobody set off to is late for the rest of its day, and at least this long; then it is of a past day.
LATE_FOR = dt.timedelta(hours=12)
UNDELIVERED_FOR = dt.timedelta(days=14)
UNHAPPY_FOR = dt.timedelta(days=7)
#: How far ahead it matters that a visit is not confirmed.
CONFIRMED_AHEAD = dt.timedelta(hours=48)
VISIT = ("contact", "booking__resource", "booking__work_order__account", "booking__work_order__incident_type")


@dataclass(frozen=True)
class VisitLine:
    """A booking as one line, with its times in the zone of the site."""

    booking: Booking
    when: str
    url: str
    tone: str

    @classmethod
    def of(cls, booking: Booking) -> "VisitLine":
        when = site_when(booking.start, booking.end, booking.zone_name)
        return cls(booking, when, change_url(booking), STATUS_TONES[BookingStatus(booking.status)])

    @property
    def state(self) -> str:
        return str(STATES.get(BookingStatus(self.booking.status), ""))

    @property
    def said(self) -> tuple[str, str] | None:
        """Return what the customer says of its time, with the tone; None if they were not asked."""
        return mark(self.booking)

    @property
    def contact(self) -> Contact | None:
        """Return whom to call about it."""
        order = self.booking.work_order
        return order.reported_by or order.account.primary_contact


def late(now: dt.datetime) -> QuerySet[Booking]:
    """Return visits of today that nobody has set off to although they should have begun, the latest first."""
    return Booking.objects.late(now).with_visit().filter(start__gte=_late_since(now)).order_by("-start")


def of_past_days(now: dt.datetime) -> QuerySet[Booking]:
    """Return visits of earlier days of which nobody said what became of them, as after the import of a past week."""
    return Booking.objects.late(now).filter(start__lt=_late_since(now)).order_by("start")


def _late_since(now: dt.datetime) -> dt.datetime:
    return min(midnight(timezone.localdate(now)), now - LATE_FOR)


def not_told(now: dt.datetime, portal_settings: PortalSettings) -> QuerySet[Booking]:
    """Return visits of which a reminder was due by now, and whose start nobody has been told."""
    due = Booking.objects.none()
    for reminder in Reminder.all_of(portal_settings):
        due |= reminders.to_remind(reminder, now)
    untold: QuerySet[Booking] = with_told(due.with_visit()).filter(is_told=False)
    return untold.annotate(was_told=Exists(naming_start())).order_by("start")


def not_confirmed(now: dt.datetime, portal_settings: PortalSettings) -> QuerySet[Booking]:
    """Return visits of the next days that do not suit, or about which the customer was asked and has not answered."""
    ahead = max(dt.timedelta(hours=portal_settings.unconfirmed_card_hours), CONFIRMED_AHEAD)
    near = Booking.objects.upcoming(now).filter(NOT_CONFIRMED, start__lte=now + ahead)
    return near.with_visit().order_by("start")


def undelivered(now: dt.datetime) -> QuerySet[CustomerNotification]:
    """Return messages of the last two weeks that failed or were perhaps sent, and were not sent again."""
    recent = CustomerNotification.objects.filter(created_at__gte=now - UNDELIVERED_FOR)
    return recent.unsettled().select_related("contact")


def wishes() -> QuerySet[CustomerNote]:
    """Return open wishes of customers, the earliest visit first."""
    return CustomerNote.objects.waiting().select_related(*VISIT).order_by("booking__start", "written_at")


def unhappy(now: dt.datetime) -> QuerySet[Feedback]:
    """Return low ratings of the last week, the latest first."""
    low = Feedback.objects.filter(rating__lte=Feedback.LOW, given_at__gt=now - UNHAPPY_FOR)
    return low.select_related(*VISIT).order_by("-given_at")


def late_number() -> int:
    """Return how many visits of today are late, for the navigation."""
    return late(timezone.now()).order_by().count()


def wishes_number() -> int:
    """Return how many wishes of customers are open, for the navigation."""
    return CustomerNote.objects.waiting().order_by()[:1000].count()


@dataclass(frozen=True)
class UntoldLine:
    """A visit of which nobody was told, with what the plan says about it."""

    visit: VisitLine
    why: str
    tell_url: str


def untold_lines(bookings: Iterable[Any], now: dt.datetime) -> list[UntoldLine]:
    ahead = plan_each(bookings, now)
    return [
        UntoldLine(
            VisitLine.of(one.booking),
            _why(one, now),
            reverse("admin:bookings_booking_action", args=[one.booking.pk, "tell-now"]),
        )
        for one in ahead
    ]


def _why(one: MessagePlan, now: dt.datetime) -> str:
    booking: Any = one.booking
    if booking.was_told and not one.going:
        return _("They were told since that it is off or done, and not yet that it is on after all.")
    return plans.sentence(one, now) or _what_became_of_it(booking)


def _what_became_of_it(booking: Any) -> str:
    if booking.reminder_reason:
        return _("Will not go: %(why)s.") % {"why": Reason(booking.reminder_reason).label}
    if booking.reminder_state:
        return str(State(booking.reminder_state).label)
    return _("Nothing is planned.")


def _problem(message: CustomerNotification, now: dt.datetime) -> dict[str, Any]:
    return {
        "message": message,
        "event": kinds.label_of(message.event),
        "tone": tone(message.state),
        "url": change_url(message),
        "when": ago(message.finished_at or message.created_at, now),
        "to_do": what_to_do(message.reason),
    }


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if not request.user.has_perm("bookings.view_booking"):
        raise PermissionDenied
    now, portal_settings = timezone.now(), PortalSettings.load()
    more = {
        "title": _("Today"),
        "now_words": company_moment(now),
        "worker_problems": probes.problems_of(probes.WORKER),
        "under_way": Booking.objects.under_way().count(),
        "reminders_off": portal_settings.reminder_lead_days == 0 or not portal_settings.send_upcoming,
        **of_day(now),
        **_past_days(now),
        **_visits(now, portal_settings),
    }
    if request.user.has_perm("bookings.view_customernote"):
        more |= _wishes() | {"may_see_to": request.user.has_perm("bookings.change_customernote")}
    if request.user.has_perm("bookings.view_feedback"):
        more |= _unhappy(now)
    if request.user.has_perm("notifications.view_customernotification"):
        more |= _messages(now) | {"may_send_again": request.user.has_perm("notifications.send_again")}
    return TemplateResponse(request, "admin/today.html", context | more)


#: What can be done with the visits of past days, and what is proposed as the reason.
PAST_DAYS = {
    BulkVerb.COMPLETE: gettext_lazy("Of a past day"),
    BulkVerb.CANCEL: gettext_lazy("Did not take place"),
}


@require_POST
def past_days(request: HttpRequest) -> HttpResponse:
    """Choose the visits of past days for one bulk change, which its own page then asks about."""
    verb = request.POST.get("verb", "")
    if not request.user.has_perm(bulk.PERMISSION):
        raise PermissionDenied
    if verb not in PAST_DAYS:
        return redirect("admin:today")
    chosen = bulk.choose(request, verb, of_past_days(timezone.now())[: bulk.MOST])
    asked = urlencode({"quiet": 1, "why": PAST_DAYS[BulkVerb(verb)]})
    return redirect(f"{chosen.headers['Location']}?{asked}")


def _past_days(now: dt.datetime) -> dict[str, Any]:
    rows = of_past_days(now)
    first = rows.values_list("start", flat=True).first()
    count = rows[: bulk.MOST].count() if first else 0
    return {"past_count": count, "past_since": company_day(first) if first else ""}


def _visits(now: dt.datetime, portal_settings: PortalSettings) -> dict[str, Any]:
    late_ones, untold = late(now), not_told(now, portal_settings)
    unconfirmed = not_confirmed(now, portal_settings)
    late_count, untold_count, unconfirmed_count = late_ones.count(), untold.count(), unconfirmed.count()
    return {
        "late": [VisitLine.of(booking) for booking in late_ones[:SHOWN]],
        "late_count": late_count,
        "late_more": max(0, late_count - SHOWN),
        "untold": untold_lines(untold[:SHOWN], now),
        "untold_count": untold_count,
        "untold_more": max(0, untold_count - SHOWN),
        "unconfirmed": [VisitLine.of(booking) for booking in unconfirmed[:SHOWN]],
        "unconfirmed_count": unconfirmed_count,
        "unconfirmed_more": max(0, unconfirmed_count - SHOWN),
        "asks_to_confirm": portal_settings.reminder_asks or unconfirmed_count,
    }


WHAT_TO_DO = {
    Wish.CHANGE: gettext_lazy("Move the visit, or call. Then press “Seen to”."),
    Wish.CANCEL: gettext_lazy("Cancel the visit, or call. Then press “Seen to”."),
}


def _wishes() -> dict[str, Any]:
    waiting = wishes()
    count = waiting.count()
    return {
        "may_see_wishes": True,
        "wishes": [
            {"note": note, "visit": VisitLine.of(note.booking), "to_do": WHAT_TO_DO[Wish(note.wish)]}
            for note in waiting[:SHOWN]
        ],
        "wishes_count": count,
        "wishes_more": max(0, count - SHOWN),
    }


def _unhappy(now: dt.datetime) -> dict[str, Any]:
    low = unhappy(now)
    count = low.count()
    return {
        "may_see_feedback": True,
        "unhappy": [
            {
                "feedback": one,
                "visit": VisitLine.of(one.booking),
                "tone": RATING_TONES[one.rating],
                "url": change_url(one),
            }
            for one in low[:SHOWN]
        ],
        "unhappy_count": count,
        "unhappy_more": max(0, count - SHOWN),
    }


def _messages(now: dt.datetime) -> dict[str, Any]:
    problems = undelivered(now).order_by("-created_at")
    count = problems[:1000].count()
    return {
        "may_see_messages": True,
        "problems": [_problem(message, now) for message in problems[:SHOWN]],
        "problems_count": count,
        "problems_more": max(0, count - SHOWN),
        "charts": charts.last_days(now),
    }
