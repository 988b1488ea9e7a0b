"""Which work waits for somebody to plan a visit: kept true in the transaction of each verb."""

from collections.abc import Iterable

from bookings.models import Verb, VerbDone, WorkOrder
from notifications.inapp.ending import end_about, end_about_each


def follow(done: VerbDone) -> None:
    """Take work out of the tray once a visit is planned, and put it back if whoever canceled the visit wants that."""
    order = done.booking.work_order
    if done.verb in (Verb.SCHEDULE, Verb.REOPEN) and order.waits_since is not None:
        WorkOrder.objects.filter(pk=order.pk).update(waits_since=None)
        order.waits_since = None
        end_about(order)
    elif done.verb == Verb.CANCEL and done.change.replan:
        order.waits_since = done.change.made_at
        WorkOrder.objects.filter(pk=order.pk).update(waits_since=order.waits_since)


def follow_file(done: Iterable[VerbDone]) -> None:
    """Take out of the tray what a file has planned; mostly nothing, and no statement then."""
    orders = {one.booking.work_order for one in done if one.verb == Verb.SCHEDULE}
    planned = [order.pk for order in orders if order.waits_since is not None]
    if planned:
        WorkOrder.objects.filter(pk__in=planned).update(waits_since=None)
        end_about_each(WorkOrder, planned)
