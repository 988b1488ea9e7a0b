"""Cards that a visit gets back: it was off, done or past, which ended them, and now it is to come again."""

from bookings.models import Booking, CustomerNote, Verb, VerbDone
from bookings.staff_cards.customers import customer_wrote
from bookings.staff_cards.ends import unsaid_failures
from bookings.staff_cards.undelivered_messages import undelivered
from notifications.models import CustomerNotification


def is_on_again(done: VerbDone) -> bool:
    """Tell whether the verb brings back a visit that was over: somebody reopened it, or moved it out of the past."""
    was_past = done.before is not None and done.before.end <= done.change.made_at < done.booking.end
    return done.verb == Verb.REOPEN or (done.verb == Verb.RESCHEDULE and was_past)


def back_again(booking: Booking) -> None:
    """Tell dispatchers again of what still waits: what the customer wrote, and what they were not told."""
    note = CustomerNote.objects.filter(booking=booking, handled_at=None).order_by("written_at").last()
    if note is not None:
        customer_wrote(note)
    about = unsaid_failures(CustomerNotification.objects.regarding(booking))
    failed = about.select_related("contact").order_by("created_at").last()
    if failed is not None:
        undelivered(failed, booking)
