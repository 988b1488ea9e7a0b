"""When the cards about visits, files and technicians are over: conditions on the record, as it is at a time.

`OuterRef("owner")` is whoever has the card.
"""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, Subquery

from bookings.messages.told import CANCELED, COMPLETED, NAMES_START
from bookings.models import BookingChange, BookingStatus, CustomerNote, Feedback, Verb
from notifications.customers.settled import ARRIVED
from notifications.models import CustomerNotification, Reason
from notifications.models.customer_notification import CustomerNotificationQuerySet

#: After that a visit that nobody has set off to is no longer news; its customer has called by now.
LATE_FOR = dt.timedelta(hours=2)
#: How long it matters that a customer was not told that the work is done.
COMPLETED_FOR = dt.timedelta(days=1)
#: How long the outcome of a file is news.
FILE_FOR = dt.timedelta(days=3)
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


def nobody_is_late(now: dt.datetime) -> Q:
    """Tell which visits are not late (any more): begun, off, past, or moved since."""
    return Q(late_alert_at=None) | ~Q(status__in=(S.SCHEDULED, S.TRAVELING)) | Q(end__lte=now - LATE_FOR)


def ratings_seen_to(_now: dt.datetime) -> Q:
    waiting = Feedback.objects.filter(booking=OuterRef("pk"), rating__lte=Feedback.LOW, handled_at=None)
    return ~Q(Exists(waiting))


def told_or_over(now: dt.datetime) -> Q:
    """Tell of which visits no failed message needs anybody: told otherwise, or it no longer matters.

    Once the visit is done only its own message matters, for a while; once it is off only that, until its time has come.
    """
    unsaid = unsaid_failures(CustomerNotification.objects.filter(regarding_id=OuterRef("pk")))
    done = Q(status=S.COMPLETED) & (
        Q(completed_at__lte=now - COMPLETED_FOR) | ~Q(Exists(unsaid.filter(event=COMPLETED)))
    )
    off = Q(status=S.CANCELED) & ~Q(Exists(unsaid.filter(event=CANCELED)))
    past = ~Q(status=S.COMPLETED) & Q(end__lte=now)
    return Q(status=S.IN_PROGRESS) | done | off | past | ~Q(Exists(unsaid))


def unsaid_failures(about: CustomerNotificationQuerySet) -> CustomerNotificationQuerySet:
    """Return the messages among `about` that failed, or perhaps did, and that no other message has said."""
    to_the_same = CustomerNotification.objects.filter(
        regarding_id=OuterRef("regarding_id"), contact=OuterRef("contact"), state__in=ARRIVED
    )
    same = Q(event=OuterRef("event"), revision=OuterRef("revision"))
    said = to_the_same.filter(same)
    # Whoever was told the time of a later revision knows what the earlier one would have said.
    newer = to_the_same.filter(event__in=NAMES_START, revision__gt=OuterRef("revision"))
    failed = about.needing_attention().exclude(reason=Reason.NEWER_MESSAGE).exclude(Exists(said))
    return failed.exclude(Q(event__in=NAMES_START) & Q(Exists(newer)))
