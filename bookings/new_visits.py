"""Booking in one go: customer, place, work order and visit, all of it or nothing."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from bookings.availability.conflicts import Proposal, refuse_conflicts
from bookings.models import Booking, BookingError, Change, Resource, StaleBooking, WorkOrder
from bookings.models.window import BY_SERVICE, WindowChoice
from fsportal.models import Account, Contact, Site
from fsportal.models.accounts import PLACE_FIELDS

#: Numbers of work that staff enter without one: W-000123.
SERIES = "W"


def is_new(record: models.Model) -> bool:
    """Tell whether a record is not in the database yet."""
    return record._state.adding  # noqa: SLF001  (documented by Django)


@dataclass(frozen=True)
class NewVisit:
    """What is to be booked. Records that are not stored yet are made with it.

    The key of a new work order comes with the form, so that the same form sent twice makes one visit.
    """

    work_order: WorkOrder
    contact: Contact | None = None
    site: Site | None = None
    #: None if somebody plans the visit later.
    resource: Resource | None = None
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    #: What the customer is told of the time.
    window: WindowChoice = BY_SERVICE
    #: Whether the work waited to be planned when somebody began: of two who plan it, only one makes a visit.
    has_to_wait: bool = False


@dataclass(frozen=True)
class VisitMade:
    work_order: WorkOrder
    #: None if it waits to be planned.
    booking: Booking | None
    #: Whether an earlier click has made it.
    is_old: bool = False


def book(new: NewVisit, change: Change) -> VisitMade:
    """Make everything in one transaction. Raises ConflictsFound and other BookingErrors; then nothing was made."""
    is_fresh = is_new(new.work_order)
    try:
        with transaction.atomic():
            return _book(new, change, is_fresh=is_fresh)
    except IntegrityError:
        # Of two that were sent at once, the second one finds the key taken.
        if is_fresh and (made := made_before(new.work_order.pk)):
            return made
        raise


def _book(new: NewVisit, change: Change, *, is_fresh: bool) -> VisitMade:
    if new.resource is not None and not new.resource.lock():
        raise BookingError(_("This technician was deleted in the meantime. Choose another one."))
    if (made := _made(new)) is not None:
        return made
    if new.has_to_wait:
        require_waiting(new.work_order)
    if is_fresh:
        _make_work_order(new, change)
    if new.resource is None or new.start is None or new.end is None:
        return VisitMade(_waiting(new.work_order, change), None)
    if new.end > change.made_at:  # nobody can do anything about what is over
        refuse_conflicts(Proposal(new.resource, new.work_order, new.start, new.end), change.despite)
    booking = Booking.schedule(
        work_order=new.work_order,
        resource=new.resource,
        start=new.start,
        end=new.end,
        window=new.window,
        change=change,
    )
    return VisitMade(new.work_order, booking)


def require_waiting(work_order: WorkOrder) -> None:
    """Raise StaleBooking if somebody has planned it by now. The row stays locked: two at once would both plan it."""
    stored = WorkOrder.objects.select_for_update(no_key=True).filter(pk=work_order.pk).first()
    if stored is None or stored.waits_since is None:
        raise StaleBooking(_("Somebody has planned this work meanwhile, or it is not to be planned any more."))


def made_before(pk: uuid.UUID | None) -> VisitMade | None:
    """Return what a form has made whose new work order has this key."""
    stored = WorkOrder.objects.filter(pk=pk).first() if pk else None
    return VisitMade(stored, stored.bookings.order_by("created_at").first(), is_old=True) if stored else None


def _made(new: NewVisit) -> VisitMade | None:
    """Return what the same form has made, or the same visit of stored work."""
    if is_new(new.work_order):
        return made_before(new.work_order.pk)
    if new.resource is None or new.start is None:
        return None
    same = new.work_order.bookings.active().filter(resource=new.resource, start=new.start).first()
    return VisitMade(new.work_order, same, is_old=True) if same else None


def _make_work_order(new: NewVisit, change: Change) -> None:
    order, contact = new.work_order, new.contact
    account = order.account
    if is_new(account):
        _make_account(account, contact)
    elif contact is not None and is_new(contact):
        contact.save(force_insert=True)
    if new.site is not None:
        new.site.save(force_insert=True)
    _complete(account, order)
    order.number = WorkOrder.next_number(SERIES)
    order.save(force_insert=True)


def _make_account(account: Account, contact: Contact | None) -> None:
    account.primary_contact = None
    account.save(force_insert=True)
    if contact is not None:
        contact.save(force_insert=True)
        account.primary_contact = contact
        account.save(update_fields=["primary_contact"])


def _complete(account: Account, order: WorkOrder) -> None:
    """Give an account without an address that of its first work."""
    if account.street or account.city or account.coordinates or not (order.street or order.city):
        return
    fields = ["street", "postal_code", "city", "country", *PLACE_FIELDS]
    for name in fields:
        setattr(account, name, getattr(order, name))
    account.save(update_fields=fields)


def _waiting(order: WorkOrder, change: Change) -> WorkOrder:
    if order.waits_since is None:
        order.waits_since = change.made_at
        order.save(update_fields=["waits_since"])
    return order
