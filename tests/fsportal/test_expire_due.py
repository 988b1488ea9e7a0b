"""`manage.py expire_due`."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Task

from bookings.models import BookingImport
from fsportal.models import ScheduledRun

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def ago(days: int) -> dt.datetime:
    return timezone.now() - days * DAY


def test_what_was_kept_long_enough_goes_and_the_rest_stays(capsys: pytest.CaptureFixture[str]) -> None:
    for days in (89, 91):
        ScheduledRun.objects.create(job="reminders", slot=ago(days))
    for number, (days, success) in enumerate([(13, True), (15, True), (15, False)]):
        Task.objects.create(
            id=f"{number:032}", name="x", func="x", started=ago(days), stopped=ago(days), success=success
        )
    for days in (29, 31):
        file = BookingImport.objects.create(file_name=f"{days}.csv", content=b"name,phone")
        BookingImport.objects.filter(pk=file.pk).update(uploaded_at=ago(days))

    call_command("expire_due")

    said = "Deleted 1 scheduled runs and 2 task results; emptied 1 imported files.\n"
    assert capsys.readouterr().out == said
    assert ScheduledRun.objects.count() == 1
    assert Task.objects.count() == 1
    contents = {file.file_name: bytes(file.content) for file in BookingImport.objects.all()}
    assert contents == {"29.csv": b"name,phone", "31.csv": b""}
    call_command("expire_due")
    assert capsys.readouterr().out == "Deleted 0 scheduled runs and 0 task results; emptied 0 imported files.\n"
