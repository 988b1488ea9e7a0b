"""Makes the demo company. Everything is looked up by its external id or name first: building twice changes nothing."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bookings import arrival_updates, staff_cards
from bookings.messages import reminders
from bookings.models import (
    Booking,
    BookingChange,
    BookingNotificationCode,
    BookingStatus,
    Change,
    CustomerNote,
    IncidentType,
    Resource,
    WorkOrder,
    WorkOrderType,
)
from fsportal.management.demo import company, desk, invitations, logins
from fsportal.management.demo.visits import VISITS, DemoVisit
from fsportal.models import Account, BusinessUnit, Contact, PortalSettings, User
from fsportal.settings_area import demo_marks
from fsportal.settings_area.demo_marks import PREFIX
from notifications.customers import delivery
from notifications.inapp.staff_cards import withdraw
from notifications.models import CustomerNotification


def is_foreign() -> bool:
    """Tell whether the database has accounts or users that are not the demo's."""
    return demo_marks.own_accounts().exists() or User.objects.exclude(pk__in=demo_marks.users()).exists()


def build() -> None:
    now = timezone.now()
    with transaction.atomic():
        users = logins.make()
        _settings()
        _units()
        _types()
        _people(users)
        accounts = {site.key: _account(site.key) for site in company.SITES}
        invitations.build(accounts, users)
        _technicians(users)
        fresh = [visit for visit in VISITS if _schedule(visit, now, users["dispatcher"])]
        for visit in fresh:
            _bring_to_its_state(visit, users)
        desk.build(accounts, users["dispatcher"], now)
    _remind(now)
    with transaction.atomic():
        for visit in fresh:
            _change_after_reminder(visit, users["dispatcher"])
        _block_one_code(users["admin"])
        _leave_some_news(fresh)


def _settings() -> None:
    portal_settings = PortalSettings.load()
    if portal_settings.company_name != "Your company":
        return
    for name, value in company.SETTINGS.items():
        setattr(portal_settings, name, value)
    portal_settings.self_scheduling = True
    portal_settings.save()


def _units() -> None:
    root = BusinessUnit.objects.filter(parent=None).first()
    for name in company.UNITS:
        BusinessUnit.objects.get_or_create(name=name, defaults={"parent": root})


def _types() -> None:
    for name, is_excluded in company.WORK_ORDER_TYPES:
        WorkOrderType.objects.get_or_create(name=name, defaults={"is_excluded": is_excluded})
    for name, minutes, type_name, is_offered in company.INCIDENT_TYPES:
        kind = WorkOrderType.objects.get(name=type_name)
        defaults = {"duration_minutes": minutes, "default_work_order_type": kind, "is_offered": is_offered}
        IncidentType.objects.get_or_create(name=name, defaults=defaults)


def _people(users: dict[str, User]) -> None:
    for site in company.SITES:
        latitude, longitude = site.place
        Account.objects.get_or_create(
            external_id=PREFIX + site.key,
            defaults={
                "name": site.name,
                "street": site.street,
                "city": site.city,
                "postal_code": site.postal_code,
                "country": site.country,
                "latitude": latitude,
                "longitude": longitude,
                "time_zone": site.zone,
                "is_excluded": site.is_excluded,
            },
        )
    for person in company.PEOPLE:
        _person(person, users)


def _person(person: company.DemoContact, users: dict[str, User]) -> None:
    account = _account(person.site)
    contact, created = Contact.objects.get_or_create(
        account=account,
        name=person.name,
        defaults={"email": person.email, "mobile_phone": person.phone, "language": person.language},
    )
    if not created:
        return
    if person.opted_out_of:
        contact.opt_out(person.opted_out_of, how="demo")
    if account.primary_contact is None and _site(person.site).has_primary:
        account.primary_contact = contact
        account.save(update_fields=["primary_contact"])
    if person.site == "obrien" and not Contact.objects.filter(portal_user=users["customer"]).exists():
        contact.portal_user = users["customer"]
        contact.save(update_fields=["portal_user"])


def _technicians(users: dict[str, User]) -> None:
    for technician in company.TECHNICIANS:
        latitude, longitude = technician.start
        resource, created = Resource.objects.get_or_create(
            name=technician.name,
            defaults={
                "main_phone": technician.phone,
                "time_zone": technician.zone,
                "start_latitude": latitude,
                "start_longitude": longitude,
            },
        )
        is_taken = Resource.objects.filter(user=users["technician"]).exists()
        if created and technician.name == users["technician"].get_full_name() and not is_taken:
            resource.user = users["technician"]
            resource.save(update_fields=["user"])


def _schedule(visit: DemoVisit, now: dt.datetime, by: User) -> Booking | None:
    """Make the booking with its work order; None if it exists already."""
    if Booking.objects.filter(external_id=PREFIX + visit.key).exists():
        return None
    account, service = _account(visit.site), IncidentType.objects.get(name=visit.service)
    order = WorkOrder.objects.create(
        number=f"DEMO-{WorkOrder.objects.filter(number__startswith='DEMO-').count() + 1:04}",
        account=account,
        incident_type=service,
        work_order_type=service.default_work_order_type,
        reported_by=account.primary_contact,
        notes=visit.notes,
    )
    start = visit.start(now, account.time_zone)
    booking = Booking.schedule(
        work_order=order,
        resource=Resource.objects.get(name=visit.technician),
        start=start,
        end=start + dt.timedelta(minutes=service.duration_minutes),
        external_id=PREFIX + visit.key,
        change=Change(by=by),
    )
    # As if it had been booked long ago: its reminder is what customers hear first.
    CustomerNotification.objects.regarding(booking).delete()
    Booking.objects.filter(pk=booking.pk).update(timed_at=None)
    if visit.said:
        CustomerNote.objects.create(booking=booking, contact=order.reported_by, text=visit.said)
    return booking


def _bring_to_its_state(visit: DemoVisit, users: dict[str, User]) -> None:
    booking = _booking(visit)
    for verb in visit.verbs:
        by = users["dispatcher"] if verb == "cancel" else users["technician"]
        getattr(booking, verb)(Change(by=by))
    if booking.end < timezone.now():
        _backdate(booking)


def _backdate(booking: Booking) -> None:
    """Date a past visit's history and messages to its own day. Only a demo may do that."""
    steps = list(booking.changes.order_by("revision"))
    last = len(steps) - 1
    for number, step in enumerate(steps):
        at = booking.start - dt.timedelta(days=2) if number == 0 else booking.start
        BookingChange.objects.filter(pk=step.pk).update(at=booking.end if number == last and number else at)
    if booking.status == BookingStatus.COMPLETED:
        Booking.objects.filter(pk=booking.pk).update(completed_at=booking.end)
    CustomerNotification.objects.regarding(booking).update(created_at=booking.end, due_at=booking.end)


def _remind(now: dt.datetime) -> None:
    """Send the reminders of the coming days, so that customers hear of later changes."""
    if settings.DELIVERY_MODE == "simulate":
        reminders.sweep(now)
        delivery.drain()


def _change_after_reminder(visit: DemoVisit, by: User) -> None:
    booking = _booking(visit)
    if visit.moved_by:
        booking.reschedule(booking.start + dt.timedelta(minutes=visit.moved_by), change=Change(by=by))
    if visit.canceled:
        booking.cancel(Change(by=by, why=visit.canceled))


def _block_one_code(by: User) -> None:
    for code in BookingNotificationCode.objects.filter(booking__external_id=f"{PREFIX}tomorrow-new-york"):
        code.block(by=by, why="The message was forwarded to a public list (demo)")


def _leave_some_news(fresh: list[DemoVisit]) -> None:
    """Leave each technician only their first two cards: nobody begins a day with a screen full of news.

    Dispatchers have what customers wrote, and who is late.
    """
    ours = Booking.objects.filter(external_id__in=[PREFIX + visit.key for visit in fresh])
    for note in CustomerNote.objects.filter(booking__in=ours, booking__start__gt=timezone.now()):
        staff_cards.customer_wrote(note)
    arrival_updates.tell_of_missed(timezone.now())
    told = ours.filter(status=BookingStatus.SCHEDULED, end__gt=timezone.now())
    for resource in Resource.objects.filter(bookings__in=told).distinct():
        for booking in told.filter(resource=resource).order_by("start")[2:]:
            withdraw(staff_cards.ASSIGNED, booking)


def _account(key: str) -> Account:
    return Account.objects.get(external_id=PREFIX + key)


def _site(key: str) -> company.Customer:
    return next(site for site in company.SITES if site.key == key)


def _booking(visit: DemoVisit) -> Booking:
    return Booking.objects.get(external_id=PREFIX + visit.key)
