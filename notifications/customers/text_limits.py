"""How many texts may go out: to one number, to one account, and in all, which is the spending limit.

Counted when a text is about to be handed over, whatever caused it, and once however often it is tried.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib import tallies
from fsportal.models import PortalSettings
from notifications.customers.kinds import Decision, Verdict
from notifications.customers.side_tasks import side_task
from notifications.inapp import staff_cards
from notifications.inapp.privileges import receivers_with
from notifications.inapp.staff_cards import End, StaffCardKind
from notifications.models import CustomerNotification, IconType, Priority, Reason

CARD, TOLD = "spending_limit", "spending-limit-told"
DAY = 24 * 3600
COUNTED, BY_NUMBER, BY_ACCOUNT, ALL = "text", "text-number", "text-account", "text-all"
EVERYBODY = "everybody"
#: When a text that a limit holds is looked at again at the latest: the limit may have been raised.
LOOK_AGAIN = dt.timedelta(minutes=10)

Limit = tuple[str, str, int, Reason]


def held(notification: CustomerNotification, number: str, portal_settings: PortalSettings) -> Verdict | None:
    """Count a text; return until when it has to wait if it is one too many."""
    text = str(notification.pk)
    if not tallies.is_first(COUNTED, text, seconds=DAY):
        return None
    taken: list[Limit] = []
    for limit in _limits(notification, number, portal_settings):
        name, of, most, reason = limit
        if wait := tallies.take(name, of, most=most, seconds=DAY):
            for earlier_name, earlier_of, _most, _reason in taken:
                tallies.give_back(earlier_name, earlier_of)
            tallies.forget(COUNTED, text)
            return Verdict(Decision.WAIT, reason, timezone.now() + min(dt.timedelta(seconds=wait), LOOK_AGAIN))
        taken.append(limit)
    return None


def _limits(notification: CustomerNotification, number: str, portal_settings: PortalSettings) -> Iterator[Limit]:
    if portal_settings.texts_per_number:
        yield BY_NUMBER, number, portal_settings.texts_per_number, Reason.TEXT_LIMIT
    if portal_settings.texts_per_account and notification.contact is not None:
        account = str(notification.contact.account_id)
        yield BY_ACCOUNT, account, portal_settings.texts_per_account, Reason.TEXT_LIMIT
    if portal_settings.texts_per_day:
        yield ALL, EVERYBODY, portal_settings.texts_per_day, Reason.SPENDING_LIMIT


def is_spent(portal_settings: PortalSettings) -> bool:
    """Tell whether the spending limit stops all texts."""
    most = portal_settings.texts_per_day
    return bool(most and tallies.wait(ALL, EVERYBODY, most=most))


# --- The card ---------------------------------------------------------------------------------------------------------
def register_kinds() -> None:
    says = gettext_lazy("As many texts as may go out in a day have gone out; the others wait.")
    until = gettext_lazy("Until texts go out again.")
    # It is about the first text that waits.
    ends = (End(CustomerNotification, lambda _now: ~Q(reason=Reason.SPENDING_LIMIT)),)
    staff_cards.register(StaffCardKind(CARD, gettext_lazy("The spending limit is reached"), says, until, ends))


def tell_of(waiting: Sequence[CustomerNotification]) -> None:
    """Tell those who may change the settings, once a day, that texts wait for the spending limit."""
    if not waiting or not tallies.is_first(TOLD, EVERYBODY, seconds=DAY):
        return

    def words() -> dict[str, Any]:
        most = PortalSettings.load().texts_per_day
        body = _("%(count)s texts have gone out in a day. See what sends so many, then raise the limit or wait.")
        link = {"url": reverse("admin:settings-delivery")}
        return {
            "title": _("No text goes out: the spending limit is reached"),
            "body": body % {"count": most},
            "priority": Priority.HIGH,
            "icon_type": IconType.WARNING,
            "actions": {"actions": [{"title": _("See the limit"), "data": link}]},
        }

    with side_task("Staff could not be told of the spending limit (%s)", waiting[0].pk):
        staff_cards.tell(CARD, receivers_with("fsportal.change_portalsettings"), waiting[0], words)
