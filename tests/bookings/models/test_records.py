"""Rules that the database keeps by itself."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bookings.models import BookingNotificationCode, WorkOrder
from fsportal.models import Account, BusinessUnit, OptOut, PortalSettings
from tests.factories import AccountFactory, BookingFactory, ContactFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db


def test_reported_by_of_another_account_is_refused_when_written() -> None:
    order, stranger = WorkOrderFactory(), ContactFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkOrder.objects.filter(pk=order.pk).update(reported_by=stranger)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkOrder.objects.create(
            number="X-1", account=order.account, incident_type=order.incident_type, reported_by=stranger
        )
    order.reported_by = stranger
    with pytest.raises(ValidationError, match="own account"):
        order.clean()


def test_a_contact_who_reported_work_cannot_leave_the_account() -> None:
    order, elsewhere = WorkOrderFactory(), AccountFactory()
    contact = ContactFactory(account=order.account)
    WorkOrder.objects.filter(pk=order.pk).update(reported_by=contact)
    contact.account = elsewhere
    with pytest.raises(IntegrityError), transaction.atomic():
        contact.save()


def test_there_is_one_code_per_booking_and_contact() -> None:
    booking, contact = BookingFactory(), ContactFactory()
    BookingNotificationCode.objects.create(booking=booking, contact=contact)
    with pytest.raises(IntegrityError), transaction.atomic():
        BookingNotificationCode.objects.create(booking=booking, contact=contact)


def test_there_is_one_settings_record() -> None:
    PortalSettings.load().save()
    with pytest.raises(IntegrityError), transaction.atomic():
        PortalSettings(pk=2).save(force_insert=True)


def test_lead_time_above_seven_days_is_refused() -> None:
    PortalSettings.load().save()
    with pytest.raises(IntegrityError), transaction.atomic():
        PortalSettings.objects.update(reminder_lead_days=8)


def test_an_account_without_zone_or_off_the_globe_is_refused() -> None:
    account = AccountFactory()
    for wrong in ({"time_zone": ""}, {"latitude": 91}, {"longitude": -181}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=account.pk).update(**wrong)


def test_a_business_unit_is_not_below_itself() -> None:
    top = BusinessUnit.objects.create(name="Top unit")
    below = BusinessUnit.objects.create(name="Below", parent=top)
    top.parent = below
    with pytest.raises(ValidationError):
        top.clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessUnit.objects.filter(pk=top.pk).update(parent=top)


def test_opting_out_twice_is_one_opt_out_and_opting_in_ends_it() -> None:
    contact = ContactFactory()
    first = contact.opt_out("sms", how="link")
    assert contact.opt_out("sms", how="link") == first
    assert contact.has_opted_out("sms")
    assert not contact.has_opted_out("email")
    contact.opt_in("sms", how="link")
    assert not contact.has_opted_out("sms")
    assert OptOut.objects.get().ended_how == "link"


def test_colours_without_contrast_are_refused_with_one_that_passes() -> None:
    portal_settings = PortalSettings.load()
    portal_settings.foreground_colour, portal_settings.background_colour = "#888888", "#999999"
    with pytest.raises(ValidationError) as refused:
        portal_settings.full_clean()
    message = refused.value.message_dict["foreground_colour"][0]
    portal_settings.foreground_colour = message.rsplit("Try ", 1)[1].rstrip(".")
    portal_settings.full_clean()
