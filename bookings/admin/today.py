"""Today: who is where, what is late, who has not been told, what could not be delivered and what to do about it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin import plans
from bookings.admin.timeline import RATING_TONES, STATUS_TONES
from bookings.messages import reminders, told
from bookings.models import Booking, BookingStatus, CustomerNote, Feedback, Reminder, Resource, Wish
from bookings.models.status import OPEN
from bookings.plan import MessagePlan, plan_each
from fsportal.lib import probes
from fsportal.models import PortalSettings
from fsportal.settings_area.parts import ago, change_url, company_moment, site_when
from notifications.admin import charts
from notifications.admin.message_states import tone, what_to_do
from notifications.customers import kinds
from notifications.models import CustomerNotification, Reason, State

#: What a technician is doing, in the words their phone uses.
STATES = {
    BookingStatus.TRAVELING: gettext_lazy("On the way"),
    BookingStatus.IN_PROGRESS: gettext_lazy("Working"),
    BookingStatus.ON_BREAK: gettext_lazy("On a break"),
}
SHOWN = 8
LATE_FOR = dt.timedelta(days=7)
UNDELIVERED_FOR = dt.timedelta(days=14)
UNHAPPY_FOR = dt.timedelta(days=7)
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


@dataclass(frozen=True)
class Whereabouts:
    """A technician with the visit under way and the next one."""

    resource: Resource
    current: VisitLine | None
    next: VisitLine | None
    seen: str


def whereabouts(now: dt.datetime) -> list[Whereabouts]:
    mine = Booking.objects.filter(resource=OuterRef("pk"))
    resources = list(
        Resource.objects.filter(is_active=True).annotate(
            current_id=Subquery(mine.under_way().order_by("-start").values("pk")[:1]),
            next_id=Subquery(
                mine.filter(status=BookingStatus.SCHEDULED, start__gt=now).order_by("start").values("pk")[:1]
            ),
        )[:200]
    )
    ids: set[Any] = {pk for resource in resources for pk in (resource.current_id, resource.next_id)} - {None}
    visits = {booking.pk: VisitLine.of(booking) for booking in Booking.objects.filter(pk__in=ids).with_visit()}
    return [
        Whereabouts(
            resource,
            visits.get(resource.current_id),
            visits.get(resource.next_id),
            ago(resource.last_seen_at, now) if resource.last_seen_at else "",
        )
        for resource in resources
    ]


def late(now: dt.datetime) -> QuerySet[Booking]:
    return Booking.objects.late(now).with_visit().filter(start__gt=now - LATE_FOR).order_by("-start")


def with_told(bookings: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate whether anybody knows the start (`is_told`), and what became of the last reminder.

    Whoever was told since that a visit is off or done does not know that it is open again. Of one that is over it only
    counts that its start was told.
    """
    reminder = _messages_about().filter(event=told.UPCOMING).order_by("-created_at")
    annotated: QuerySet[Any] = bookings.annotate(
        is_told=is_told(),
        reminder_state=Subquery(reminder.values("state")[:1]),
        reminder_reason=Subquery(reminder.values("reason")[:1]),
    )
    return annotated


def is_told() -> Case:
    """Return the annotation `is_told` of `with_told`."""
    naming = _naming_start()
    ending = CustomerNotification.objects.filter(
        regarding_id=OuterRef("regarding_id"), event__in=told.NAMES_END, told_at__gte=OuterRef("told_at")
    )
    taken_back = ending.filter(Q(told_at__gt=OuterRef("told_at")) | Q(revision__gt=OuterRef("revision")))
    return Case(
        When(OPEN, then=Exists(naming.exclude(Exists(taken_back)))),
        default=Exists(naming),
    )


def _messages_about() -> QuerySet[CustomerNotification]:
    kind = ContentType.objects.get_for_model(Booking)
    return CustomerNotification.objects.filter(regarding_type=kind, regarding_id=OuterRef("pk"))


def _naming_start() -> QuerySet[CustomerNotification]:
    return _messages_about().filter(event__in=told.NAMES_START, told_at__isnull=False)


def not_told(now: dt.datetime, portal_settings: PortalSettings) -> QuerySet[Booking]:
    """Return visits of which a reminder was due by now, and whose start nobody has been told."""
    due = Booking.objects.none()
    for reminder in Reminder.all_of(portal_settings):
        due |= reminders.to_remind(reminder, now)
    untold: QuerySet[Booking] = with_told(due.with_visit()).filter(is_told=False)
    return untold.annotate(was_told=Exists(_naming_start())).order_by("start")


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


def attention() -> int:
    """Return the number that the index shows beside this page."""
    now = timezone.now()
    return late(now).count() + wishes()[:1000].count() + undelivered(now)[:1000].count()


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
        "whereabouts": whereabouts(now),
        "reminders_off": portal_settings.reminder_lead_days == 0 or not portal_settings.send_upcoming,
        **_visits(now, portal_settings),
    }
    if request.user.has_perm("bookings.view_customernote"):
        more |= _wishes() | {"may_see_to": request.user.has_perm("bookings.change_customernote")}
    if request.user.has_perm("bookings.view_feedback"):
        more |= _unhappy(now)
    if request.user.has_perm("notifications.view_customernotification"):
        more |= _messages(now) | {"may_send_again": request.user.has_perm("notifications.send_again")}
    return TemplateResponse(request, "admin/today.html", context | more)


def _visits(now: dt.datetime, portal_settings: PortalSettings) -> dict[str, Any]:
    late_ones, untold = late(now), not_told(now, portal_settings)
    late_count, untold_count = late_ones.count(), untold.count()
    return {
        "late": [VisitLine.of(booking) for booking in late_ones[:SHOWN]],
        "late_count": late_count,
        "late_more": max(0, late_count - SHOWN),
        "untold": untold_lines(untold[:SHOWN], now),
        "untold_count": untold_count,
        "untold_more": max(0, untold_count - SHOWN),
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
