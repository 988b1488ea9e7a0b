"""When the cards about visits, files and technicians are over: conditions on the record, as it is at a time.

`OuterRef("owner")` is whoever has the card.
"""

import datetime as dt

from django.db.models import DateTimeField, Exists, ExpressionWrapper, IntegerField, OuterRef, Q, Subquery

from bookings.messages.told import (
    CANCELED,
    COMPLETED,
    NAMES_ARRIVAL,
    NAMES_END,
    NAMES_START,
    REOPENED,
    TRAVELING,
    UPCOMING,
)
from bookings.models import AnsweredBy, BookingChange, BookingStatus, CustomerAnswer, CustomerNote, Feedback, Verb
from notifications.customers.settled import ARRIVED
from notifications.models import CustomerNotification, Reason
from notifications.models.customer_notification import CustomerNotificationQuerySet

#: After that a visit that nobody has set off to is no longer news; its customer has called by now.
LATE_FOR = dt.timedelta(hours=2)
#: How long it matters that a customer was not told that the work is done, or not done after all.
COMPLETED_FOR = dt.timedelta(days=1)
#: How long the outcome of a file is news.
FILE_FOR = dt.timedelta(days=3)
#: Whoever knows what one of these says last, knows what the others would have said.
SAY_ALIKE = (NAMES_START, NAMES_ARRIVAL)
S = BookingStatus


def no_longer_theirs(now: dt.datetime) -> Q:
    """Tell of which visits it is no news that a technician has them: begun, off, past, or given to somebody else.

    Whoever sets off knows. A visit that was handed over on the way is news until work begins. One that was opened again
    is news whatever its time, and even if its work had begun.
    """
    set_off = Q(status=S.TRAVELING, set_off_at__gt=OuterRef("created_on"))
    latest = BookingChange.objects.filter(booking=OuterRef("pk"), revision=OuterRef("revision"))
    just_reopened = latest.filter(verb=Verb.REOPEN)
    begun_or_off = ~Q(status__in=(S.SCHEDULED, S.TRAVELING)) & ~Q(Exists(just_reopened))
    has_passed = Q(end__lte=now, end__gt=OuterRef("created_on"))
    return set_off | begun_or_off | has_passed | ~Q(resource__user=OuterRef("owner"))


def no_longer_off(now: dt.datetime) -> Q:
    """Tell of which visits it is no news that a technician lost them: past, begun by somebody else, or theirs again."""
    theirs_again = ~Q(status=S.CANCELED) & Q(resource__user=OuterRef("owner"))
    return Q(end__lte=now) | Q(status__in=(S.ON_BREAK, S.IN_PROGRESS, S.COMPLETED)) | theirs_again


def left_or_changed_hands(_now: dt.datetime) -> Q:
    """Tell which technicians' files concern somebody else by now."""
    return Q(is_active=False) | ~Q(user=OuterRef("owner"))


def followed_up(now: dt.datetime) -> Q:
    """Tell of which visits it is no news that a customer booked, changed or canceled.

    They are past, or somebody has done something about them since. That a technician runs late is no answer.
    """
    changes = BookingChange.objects.filter(booking=OuterRef("pk")).order_by("-revision")
    theirs = BookingChange.objects.filter(booking=OuterRef("booking"), contact__isnull=False).order_by("-revision")
    ours = changes.filter(contact=None, revision__gt=Subquery(theirs.values("revision")[:1])).exclude(
        verb=Verb.RUN_LATE
    )
    return Q(end__lte=now) | Q(Exists(ours)) | ~Q(Exists(changes.filter(contact__isnull=False)))


def answered(now: dt.datetime) -> Q:
    """Tell of which visits nothing that a customer wrote waits for an answer."""
    waiting = CustomerNote.objects.filter(booking=OuterRef("pk"), handled_at=None)
    return Q(end__lte=now) | Q(status__in=(S.COMPLETED, S.CANCELED)) | ~Q(Exists(waiting))


def nobody_waits(_now: dt.datetime) -> Q:
    """Tell which conversations nobody has to answer (any more)."""
    return Q(waits_since=None)


def confirmed_or_over(now: dt.datetime) -> Q:
    """Tell which visits need no confirmation (any more): confirmed, known to staff not to suit, begun, off, or moved.

    One that was moved is neither asked about nor answered.
    """
    has_another_time = Q(asked_at=None, answer="")
    is_known = Q(answer=CustomerAnswer.NO, answered_by=AnsweredBy.STAFF)
    return Q(answer=CustomerAnswer.YES) | is_known | has_another_time | ~Q(status=S.SCHEDULED) | Q(start__lte=now)


def nobody_is_late(now: dt.datetime) -> Q:
    """Tell which visits are not late (any more): begun, off, past, or moved since."""
    return Q(late_alert_at=None) | ~Q(status__in=(S.SCHEDULED, S.TRAVELING)) | Q(end__lte=now - LATE_FOR)


def planned(_now: dt.datetime) -> Q:
    """Tell which work does not wait to be planned (any more)."""
    return Q(waits_since=None)


def ratings_seen_to(_now: dt.datetime) -> Q:
    waiting = Feedback.objects.filter(booking=OuterRef("pk"), rating__lte=Feedback.LOW, handled_at=None)
    return ~Q(Exists(waiting))


def told_or_over(now: dt.datetime) -> Q:
    """Tell of which visits no failed message needs anybody: told otherwise, or it no longer matters."""
    about = CustomerNotification.objects.filter(regarding_id=OuterRef("pk"))
    # The visit's own columns, so that one question is enough for every status.
    about = about.alias(
        visit_status=ExpressionWrapper(OuterRef("status"), IntegerField()),
        visit_end=ExpressionWrapper(OuterRef("end"), DateTimeField()),
        done_at=ExpressionWrapper(OuterRef("completed_at"), DateTimeField(null=True)),
    )
    return ~Q(Exists(unsaid_failures(about.filter(_matters(now)))))


def _matters(now: dt.datetime) -> Q:
    """Tell which messages matter for the visit as it is: what others say is not so (any more), or the customer sees it.

    Once the visit is done only its own message does, for a while; once it is off only that, until its time has come.
    """
    begun_since = BookingChange.objects.filter(
        booking=OuterRef("regarding_id"), verb=Verb.START, revision__gt=OuterRef("revision")
    )
    goes_on = Q(event=REOPENED, created_at__gt=now - COMPLETED_FOR) & ~Q(Exists(begun_since))
    to_come = Q(visit_status=S.SCHEDULED) & ~Q(event__in=(TRAVELING, REOPENED, *NAMES_END))
    on_the_way = Q(visit_status=S.TRAVELING) & ~Q(event__in=NAMES_END)
    off = Q(visit_status=S.CANCELED, event=CANCELED)
    return (
        (to_come | on_the_way | off) & Q(visit_end__gt=now)
        | Q(visit_status__in=(S.SCHEDULED, S.ON_BREAK, S.IN_PROGRESS)) & goes_on
        | Q(visit_status=S.COMPLETED, event=COMPLETED) & ~Q(done_at__lte=now - COMPLETED_FOR)
    )


def unsaid_failures(about: CustomerNotificationQuerySet) -> CustomerNotificationQuerySet:
    """Return the messages among `about` that failed, or perhaps did, and that no other message has said."""
    to_the_same = CustomerNotification.objects.filter(
        regarding_id=OuterRef("regarding_id"), contact=OuterRef("contact"), state__in=ARRIVED
    )
    same = Q(event=OuterRef("event"), revision=OuterRef("revision"))
    said = to_the_same.filter(same)
    # Whoever was told the time of a later revision, or was told it later, knows what the earlier one would have said:
    # each message names what is so when it goes out.
    told_later = Q(told_at__gt=OuterRef("created_at"))
    later = Q(revision__gt=OuterRef("revision")) | told_later
    # The first reminder has no revision: what was told before it may have been another time.
    same_time = Q(named_time=OuterRef("named_time"))
    failed = about.needing_attention().exclude(reason=Reason.NEWER_MESSAGE).exclude(Exists(said))
    known = [Q(event__in=events) & Q(Exists(to_the_same.filter(later, event__in=events))) for events in SAY_ALIKE]
    first_reminder = Q(event=UPCOMING, revision=0)
    time_told = Q(Exists(to_the_same.filter(told_later | same_time, event__in=NAMES_START)))
    is_known = known[0] & ~first_reminder | first_reminder & time_told
    return failed.exclude(is_known | known[1])
