"""The daily clean-up, by `manage.py expire_due` and by the worker."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule, Task

from bookings.models import BookingImport
from fsportal.models import AuditEntry, PortalSettings, ProfileChange, ScheduledRun, Tally, User
from notifications.models import AppNotification, IdempotentCall, TextReply, UnopenedCard
from portal.models import InvitedAddress, OneTimeCode, SecurityNotice
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def ago(days: float) -> dt.datetime:
    return timezone.now() - days * DAY


@pytest.mark.parametrize("way", ["command", "task"])
def test_what_was_kept_long_enough_goes_and_the_rest_stays(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    for days in (89, 91):
        ScheduledRun.objects.create(job="reminders", slot=ago(days))
    for number, (days, success) in enumerate([(29, True), (29, False), (31, True), (31, False)]):
        Task.objects.create(
            id=f"{number:032}", name="x", func="x", started=ago(days), stopped=ago(days), success=success
        )
    for days in (6, 8):
        file = BookingImport.objects.create(file_name=f"{days}.csv", content=b"name,phone", summary={"rows": ["Ann"]})
        BookingImport.objects.filter(pk=file.pk).update(uploaded_at=ago(days))
    for hours in (23, 25):
        OneTimeCode.objects.create(purpose=f"visit:{hours}", channel="email", created_at=ago(0) - hours * HOUR)
    for key, days in (("over", 1), ("valid", -1)):
        Session.objects.create(session_key=key, session_data="x", expire_date=ago(days))
    for some_days in (0.1, -1.0):
        Tally.objects.create(key=f"limit:{some_days}", number=1, ends=int(ago(some_days).timestamp()))

    said = run(way, capsys)

    deleted = "1 scheduled runs, 2 task results, 1 one-time codes, 1 sessions, 1 counts of tries"
    assert said == f"Deleted {deleted}; emptied 1 imported files and 0 messages."
    assert [code.purpose for code in OneTimeCode.objects.all()] == ["visit:23"]
    assert ScheduledRun.objects.count() == 1
    assert Task.objects.count() == 2
    assert [session.session_key for session in Session.objects.all()] == ["valid"]
    kept = {file.file_name: (bytes(file.content), bool(file.summary)) for file in BookingImport.objects.all()}
    assert kept == {"6.csv": (b"name,phone", True), "8.csv": (b"", False)}
    assert run(way, capsys) == "Deleted nothing; emptied 0 imported files and 0 messages."


def run(way: str, capsys: pytest.CaptureFixture[str]) -> str:
    if way == "task":
        result: str = import_string("fsportal.management.cleaning.clean_up")()
        return result
    call_command("expire_due")
    return capsys.readouterr().out.strip()


def test_the_worker_does_it_daily() -> None:
    schedule = Schedule.objects.get(func="fsportal.management.cleaning.clean_up")
    assert (schedule.schedule_type, schedule.minutes) == (Schedule.MINUTES, 24 * 60)


def test_what_was_imported_keeps_its_summary() -> None:
    file = BookingImport.objects.create(file_name="a.csv", imported_at=ago(40), summary={"counts": [["new", 1]]})
    BookingImport.objects.filter(pk=file.pk).update(uploaded_at=ago(40))
    call_command("expire_due")
    file.refresh_from_db()
    assert file.summary == {"counts": [["new", 1]]}


def test_an_address_that_had_the_automatic_invite_is_never_forgotten() -> None:
    InvitedAddress.objects.create(email="ann@example.com", invited_at=ago(3650))
    call_command("expire_due")
    assert InvitedAddress.objects.count() == 1


def test_traces_of_incoming_texts_are_let_go() -> None:
    for days in (89, 91):
        TextReply.objects.create(provider_id=f"SM{days}", meaning="stop", received_at=ago(days))
    call_command("expire_due")
    assert [reply.provider_id for reply in TextReply.objects.all()] == ["SM89"]


def test_that_a_card_was_mailed_is_kept_while_anybody_has_it(admin: User) -> None:
    old, young, held = (
        UnopenedCard.objects.create(kind="will_be_late", regarding=ContactFactory(), mailed_at=ago(days))
        for days in (91, 89, 91)
    )
    AppNotification.objects.create(
        title="Late", owner=admin, kind="will_be_late", regarding=held.regarding, ttl_in_seconds=60, expires_at=ago(-1)
    )
    call_command("expire_due")
    assert set(UnopenedCard.objects.all()) == {young, held}
    assert old.regarding is not None


def test_old_changes_of_profiles_security_notices_and_repeatable_calls_go(admin: User) -> None:
    contact = ContactFactory()
    for days in (364, 366):
        ProfileChange.objects.create(contact=contact, what="email", before=f"{days}@example.com", at=ago(days))
    for days in (89, 91):
        SecurityNotice.objects.create(user=admin, change="password_set", at=ago(days))
    for days in (0, 2):
        IdempotentCall.objects.create(user=admin, key=f"{days}", created_at=ago(days))
    call_command("expire_due")
    assert [change.before for change in ProfileChange.objects.all()] == ["364@example.com"]
    assert SecurityNotice.objects.count() == 1
    assert [call.key for call in IdempotentCall.objects.all()] == ["0"]


def test_the_audit_trail_stays_unless_the_settings_say_otherwise(admin: User) -> None:
    for days in (10, 3000):
        AuditEntry.objects.filter(pk=AuditEntry.note(admin, f"{days}").pk).update(at=ago(days))
    call_command("expire_due")
    assert AuditEntry.of(admin).count() == 2
    PortalSettings.objects.update_or_create(pk=1, defaults={"audit_kept_days": 730})
    call_command("expire_due")
    assert [entry.action for entry in AuditEntry.of(admin)] == ["10"]
