"""The schedules: made by migrate, put right, and harmless when run twice."""

import datetime as dt

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule

from fsportal.management import schedules
from fsportal.models import User, WorkerHeartbeat

pytestmark = pytest.mark.django_db


def names() -> set[str]:
    return set(Schedule.objects.values_list("name", flat=True))


def test_a_fresh_database_has_them_by_migrate_alone() -> None:
    assert names() == {every.name for every in schedules.SCHEDULES}


def test_setting_up_twice_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = list(Schedule.objects.order_by("pk").values())
    call_command("setup_schedules")
    assert list(Schedule.objects.order_by("pk").values()) == before
    assert capsys.readouterr().out == f"{len(before)} schedules are in place.\n"


def test_ours_that_the_code_no_longer_names_go_and_others_stay() -> None:
    Schedule.objects.create(name="fsportal: of yesterday", func="gone.away")
    Schedule.objects.create(name="somebody else's", func="their.own")
    schedules.upsert()
    assert names() == {every.name for every in schedules.SCHEDULES} | {"somebody else's"}


def test_a_row_that_was_tampered_with_is_put_right() -> None:
    row = Schedule.objects.filter(func="fsportal.tasks.heartbeat")
    in_a_year = timezone.now() + dt.timedelta(days=365)
    row.update(func="os.system", args="'rm'", kwargs="{", repeats=0, next_run=in_a_year, schedule_type="C", cron="x")
    Schedule.objects.create(name=schedules.SCHEDULES[0].name, func="os.system")
    schedules.upsert()
    put_right = Schedule.objects.get(name=schedules.SCHEDULES[0].name)
    assert (put_right.func, put_right.args, put_right.kwargs) == ("fsportal.tasks.heartbeat", None, None)
    assert (put_right.repeats, put_right.schedule_type, put_right.minutes) == (-1, Schedule.MINUTES, 1)
    assert put_right.next_run <= timezone.now()


def test_what_sleeps_until_a_time_that_a_wrong_clock_showed_is_woken() -> None:
    now = timezone.now()
    daily = "fsportal: clean up, daily"
    Schedule.objects.update(next_run=now + dt.timedelta(hours=3))
    schedules.put_right(now)
    assert set(Schedule.objects.exclude(name=daily).values_list("next_run", flat=True)) == {now}
    assert Schedule.objects.get(name=daily).next_run > now, "that one is not due yet"
    Schedule.objects.update(next_run=now + dt.timedelta(seconds=50))
    schedules.put_right(now)
    assert now not in Schedule.objects.values_list("next_run", flat=True), "these are in order"


def test_of_a_row_only_the_time_counts_and_what_others_put_there_is_refused_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = timezone.now().replace(microsecond=0)
    heartbeat, sweep = (
        Schedule.objects.get(func=name) for name in ("fsportal.tasks.heartbeat", "bookings.tasks.sweep_if_due")
    )
    Schedule.objects.update(next_run=now + dt.timedelta(hours=1))
    tampered = {"func": "os.system", "args": "'echo hunter2'", "kwargs": "{'q_options': {'sync': True}}"}
    late = {"next_run": now - dt.timedelta(seconds=150)}
    Schedule.objects.filter(pk=heartbeat.pk).update(**tampered, **late, hook="os.system", repeats=0)
    Schedule.objects.filter(pk=sweep.pk).update(next_run=now)
    theirs = Schedule.objects.create(name="backup", **tampered, **late)
    newer = Schedule.objects.create(name="fsportal: newer", func="bookings.tasks.of_a_newer_release", **late)
    for _ in range(2):
        schedules.queue_due(now)
    queued = [task.task for task in OrmQ.objects.all()]
    assert [(task["func"], task["args"], task["kwargs"]) for task in queued] == [
        ("fsportal.tasks.heartbeat", (), {}),
        ("bookings.tasks.sweep_if_due", (), {}),
    ]
    heartbeat.refresh_from_db()
    assert heartbeat.next_run == now + dt.timedelta(seconds=30), "missed times are not made up for"
    assert [message for message in caplog.messages if "refused" in message] == [
        f"The schedule in row {theirs.pk} is refused, since it is none of ours: os.system"
    ]
    newer.refresh_from_db()
    assert newer.repeats == -1, "that one is left to a newer release"
    assert not Conf.SCHEDULER, "django-q2's own would run it"


def test_tasks_of_the_future_are_free_and_those_being_run_are_not() -> None:
    now = timezone.now()
    running = OrmQ.objects.create(key="fsportal", lock=now + dt.timedelta(minutes=6))
    OrmQ.objects.create(key="fsportal", lock=now + dt.timedelta(hours=1))
    schedules.put_right(now)
    assert sorted(OrmQ.objects.values_list("lock", flat=True)) == [now, running.lock]


def test_one_that_an_earlier_release_has_deleted_comes_back() -> None:
    Schedule.objects.filter(func="fsportal.tasks.heartbeat").delete()
    schedules.put_right(timezone.now())
    assert names() == {every.name for every in schedules.SCHEDULES}


@pytest.mark.parametrize("every", schedules.SCHEDULES, ids=lambda every: every.function)
def test_each_names_a_function_that_runs_twice_without_harm(every: schedules.Every) -> None:
    for _ in range(2):
        import_string(every.function)()


def test_a_beat_is_noted() -> None:
    assert WorkerHeartbeat.age() is None
    import_string("fsportal.tasks.heartbeat")()
    age = WorkerHeartbeat.age()
    assert age is not None
    assert age < dt.timedelta(seconds=10)


def test_the_task_queues_own_admin_pages_are_gone(client: Client) -> None:
    # A superuser: it is not a matter of rights.
    client.force_login(User.objects.create_superuser("root"))
    theirs = apps.get_app_config("django_q").get_models(include_auto_created=True)
    assert not [model for model in theirs if admin.site.is_registered(model)]
    for name in ("schedule", "success", "failure", "ormq", "task"):
        assert client.get(f"/admin/django_q/{name}/").status_code == 404
        assert client.get(f"/admin/django_q/{name}/add/").status_code == 404
    assert client.get("/admin/django_q/").status_code == 404
    assert b"django_q" not in client.get("/admin/").content
