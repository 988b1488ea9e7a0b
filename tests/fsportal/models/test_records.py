"""Rules about customers that the database keeps by itself."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

import bookings.triggers
from bookings.models import WorkOrder
from fsportal import migrations, triggers
from fsportal.models import Account, PortalSettings
from tests.factories import AccountFactory, ContactFactory, WorkOrderFactory

MIGRATIONS = Path(migrations.__path__[0])

pytestmark = pytest.mark.django_db


def test_a_primary_contact_of_another_account_is_refused_when_written() -> None:
    account, stranger = AccountFactory(), ContactFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(primary_contact=stranger)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountFactory(primary_contact=stranger)
    account.primary_contact = ContactFactory(account=account)
    account.save()


def test_a_primary_contact_cannot_leave_the_account() -> None:
    contact, elsewhere = ContactFactory(), AccountFactory()
    Account.objects.filter(pk=contact.account_id).update(primary_contact=contact)
    contact.account = elsewhere
    with pytest.raises(IntegrityError), transaction.atomic():
        contact.save()


def test_a_new_account_may_name_a_contact_that_is_made_after_it_in_the_same_transaction() -> None:
    contact = ContactFactory.build(account=None)
    account = AccountFactory(primary_contact_id=contact.pk)
    contact.account = account
    contact.save()
    account.refresh_from_db()
    assert account.primary_contact == contact
    other = ContactFactory.build(account=None)
    AccountFactory(primary_contact_id=other.pk)
    other.account = account
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()
    Account.objects.filter(primary_contact_id=other.pk).update(primary_contact=None)


def test_moving_a_contact_is_refused_with_a_sentence() -> None:
    contact = WorkOrderFactory().reported_by
    contact.clean()
    contact.account = AccountFactory()
    with pytest.raises(ValidationError, match="stays with"):
        contact.clean()


def test_an_account_can_be_deleted_with_its_primary_contact() -> None:
    contact = ContactFactory()
    Account.objects.filter(pk=contact.account_id).update(primary_contact=contact)
    contact.account.delete()
    assert not Account.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Account, WorkOrder])
def test_a_table_that_a_rule_names_can_be_altered_by_a_migration(model: type[Account | WorkOrder]) -> None:
    present = model._meta.get_field("city")
    wider: models.CharField[str, str] = models.CharField(max_length=101, blank=True)
    wider.set_attributes_from_name("city")
    wider.model = model
    everything = (triggers.TRIGGERS, bookings.triggers.TRIGGERS)
    # What migrate signals before and after.
    for each in everything:
        each.drop()
    for before, after in ((present, wider), (wider, present)):
        with connection.schema_editor() as editor:
            editor.alter_field(model, before, after)
    for each in everything:
        each.create()
    test_a_primary_contact_cannot_leave_the_account()


@pytest.mark.django_db(transaction=True)
def test_migrate_lifts_the_rules_and_lays_them_again() -> None:
    if connection.vendor == "sqlite":
        triggers.TRIGGERS.drop()
    call_command("migrate", verbosity=0)
    test_a_primary_contact_cannot_leave_the_account()


@pytest.mark.django_db
def test_lead_times_that_meant_one_calendar_day_leave_a_day_by_the_clock() -> None:
    leave_a_day = import_module(f"fsportal.migrations.{next(MIGRATIONS.glob('*_company_time.py')).stem}").leave_a_day
    PortalSettings.load().save()
    for days, longest in (((1, 1), 2), ((0, 0), 1), ((1, 30), 30)):
        PortalSettings.objects.update(min_lead_days=days[0], max_lead_days=days[1])
        leave_a_day(apps, None)
        assert PortalSettings.load().max_lead_days == longest
