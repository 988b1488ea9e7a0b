"""Which failures of messages nobody needs to see to any more."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q

from notifications.models import CustomerNotification, State

#: States in which the contact is taken to know what the message says.
ARRIVED = (State.SENT, State.DELIVERED)


def is_settled(_now: dt.datetime) -> Q:
    """Return the condition on messages that arrived after all, or were sent again: the copy's own end tells then."""
    return Q(state__in=ARRIVED) | Q(Exists(CustomerNotification.objects.filter(resent_of=OuterRef("pk"))))
