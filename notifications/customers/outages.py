"""What follows from an outage of a channel's provider: a single message probes it, staff hear of it, all is released.

The outage itself is a row (notifications/models/channel_outage.py).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.customers.channels.base import Acceptance, DeliveryError
from notifications.customers.side_tasks import side_task
from notifications.inapp import staff_cards
from notifications.inapp.privileges import receivers_with
from notifications.inapp.staff_cards import End, StaffCardKind
from notifications.models import ChannelOutage, CustomerNotification, IconType, Priority, Reason, State
from notifications.models.channel_outage import DOWN_AFTER

CARD = "channel_down"
UNTOLD = "Staff could not be told of the outage of %s"


def register_kinds() -> None:
    says = gettext_lazy("The mail server or the SMS provider takes no messages; they wait until it does.")
    until = gettext_lazy("Until the channel takes messages again.")
    ends = (End(ChannelOutage, lambda _now: Q(failures__lt=DOWN_AFTER)),)
    staff_cards.register(StaffCardKind(CARD, gettext_lazy("A channel is down"), says, until, ends))


def note(outcomes: Mapping[str, Sequence[Acceptance | Exception]], now: dt.datetime) -> None:
    """Count what each channel's provider answered, in the transaction that records it.

    An acceptance ends an outage. An answer about one message, such as a refused address, shows that the provider is
    there as well.
    """
    known = {outage.channel: outage for outage in ChannelOutage.objects.all()}
    for channel, answers in outcomes.items():
        failures = [one for one in answers if isinstance(one, DeliveryError) and one.is_outage]
        answered = any(
            isinstance(one, Acceptance) or (isinstance(one, DeliveryError) and one.permanent) for one in answers
        )
        if answered and channel in known:
            _over(known[channel], now)
        elif not answered:
            for error in failures:
                _failed(channel, error, now)


def _shows_life(answer: Acceptance | Exception) -> bool:
    return isinstance(answer, Acceptance) or (isinstance(answer, DeliveryError) and answer.permanent)


def _failed(channel: str, error: DeliveryError, now: dt.datetime) -> None:
    outage = ChannelOutage.note_failure(channel, error.detail or error.reason, now, error.retry_after or 0)
    if outage.failures == DOWN_AFTER:
        with side_task(UNTOLD, channel):
            _tell(outage)


def _over(outage: ChannelOutage, now: dt.datetime) -> None:
    """Release what waits for another try."""
    waiting = CustomerNotification.objects.filter(channel=outage.channel, state=State.QUEUED, due_at__gt=now)
    waiting.filter(reason=Reason.PROVIDER).update(due_at=now)
    with side_task(UNTOLD, outage.channel):
        staff_cards.withdraw(CARD, outage)
    outage.delete()


def _tell(outage: ChannelOutage) -> None:
    """Tell everybody who may send messages again."""

    def words() -> dict[str, Any]:
        body = _("%(why)s. We try again every half minute, and send everything that is still true when it is back.")
        return {
            "title": _("%(channel)s is down: messages wait") % {"channel": outage.get_channel_display()},
            "body": body % {"why": outage.detail},
            "priority": Priority.HIGH,
            "icon_type": IconType.FAILURE,
            "actions": {"actions": [{"title": _("See the health page"), "data": {"url": reverse("admin:health")}}]},
        }

    staff_cards.tell(CARD, receivers_with("notifications.send_again"), outage, words)


def may_try(channels: Sequence[str], now: dt.datetime) -> dict[str, bool]:
    """Tell for each channel that is down whether to try a single message now. Other channels are left out."""
    down = {outage.channel: outage for outage in ChannelOutage.down()}
    return {channel: down[channel].take_probe(now) for channel in channels if channel in down}


def nothing_tried(channel: str, now: dt.datetime) -> None:
    """Let the next message be tried at once, because the last one was not handed over: it was no longer true."""
    ChannelOutage.down().filter(channel=channel).update(next_probe_at=now)
