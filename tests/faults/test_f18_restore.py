"""F18: a backup is restored. Nothing that was sent since is sent again by itself, and every link still opens."""

import http.client
import re
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.faults.schedule_files import environment, python, write_schedule
from tests.servers import SmtpSink
from tests.test_start import Started, eventually

#: The database as of ten minutes ago; delivery has not run yet.
BEFORE = """
import datetime as dt
from django.utils import timezone
from fsportal.models import PortalSettings, WorkerHeartbeat
from tests.factories import name_company
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
# Only reminders are counted, and texts wait for no morning.
name_company()
PortalSettings.objects.update(send_booked=False, sms_from=None, sms_until=None)
call_command("import_bookings", {first!r})
call_command("send_due_reminders")
call_command("import_bookings", {second!r})
WorkerHeartbeat.beat()
WorkerHeartbeat.objects.update(beat_at=timezone.now() - dt.timedelta(minutes=10))
"""
#: What happened after the backup.
AFTER = """
from fsportal.tasks import heartbeat
call_command("send_due_reminders")
call_command("deliver_due")
heartbeat()
"""
HELD = """
from notifications.customers import holding
print(holding.held().count())
"""
DECIDE = """
from django.utils import timezone
from notifications.customers import holding
one, other = holding.held().filter(channel="email").order_by("pk")[:2]
assert one.told_at and one.named_time
holding.release(one, by=None)
holding.drop(other, by=None, now=timezone.now())
"""


def back_up(url: str, folder: Path) -> Path:
    copy = folder / "backup"
    if url.startswith("sqlite"):
        subprocess.run(["sqlite3", folder / "db.sqlite3", f".backup {copy}"], check=True)
    else:
        subprocess.run(["pg_dump", "--format=custom", f"--file={copy}", url], check=True)
    return copy


def restore(url: str, folder: Path, copy: Path) -> None:
    if url.startswith("sqlite"):
        for left in folder.glob("db.sqlite3*"):
            left.unlink()
        copy.rename(folder / "db.sqlite3")
    else:
        subprocess.run(["pg_restore", "--clean", "--if-exists", f"--dbname={url}", copy], check=True)


def links(smtp: SmtpSink) -> set[str]:
    texts = [message.get_body(("plain",)) for message in smtp.messages]
    return {link for text in texts if text for link in re.findall(r"/visit/[\w-]+/", text.get_content())}


def opens(link: str, port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", link)
        with connection.getresponse() as answer:
            return answer.status == http.client.FOUND


def held(started: Started) -> int:
    return int(python(HELD, started.environment))


def test_a_restored_database_holds_what_may_have_gone_out(
    start: Callable[..., Started], tmp_path: Path, database_url: str, size: Callable[[int, int], int]
) -> None:
    visits = size(3, 20)
    with SmtpSink() as smtp:
        live = {"DELIVERY_MODE": "live", "EMAIL_URL": smtp.url}
        env = environment(tmp_path, database_url, **live)
        first = write_schedule(tmp_path / "first.csv", range(visits))
        second = write_schedule(tmp_path / "second.csv", range(visits, 2 * visits))
        python(BEFORE.format(first=str(first), second=str(second)), env)
        copy = back_up(database_url, tmp_path)
        python(AFTER, env)
        assert len(smtp.messages) == len(links(smtp)) == 2 * visits

        restore(database_url, tmp_path, copy)
        started = start(**live)
        started.wait_until_ready()
        assert started.says("An older database was restored")
        # Half of them were queued in the backup; the sweep finds the others due.
        eventually(lambda: held(started) == 4 * visits, "all are held, on both channels")
        assert all(opens(link, started.port) for link in links(smtp))
        assert "messages are held since the database was restored" in started.get("/health/ready")[1]

        python(DECIDE, started.environment)
        eventually(lambda: len(smtp.messages) == 2 * visits + 1, "the released one goes out")
        assert held(started) == 4 * visits - 2
        assert len(links(smtp)) == 2 * visits, "with the link that was sent before"


def test_the_command_does_the_same_where_nothing_outside_the_database_is_left(
    tmp_path: Path, database_url: str
) -> None:
    first = write_schedule(tmp_path / "first.csv", range(2))
    second = write_schedule(tmp_path / "second.csv", range(2, 3))
    env = environment(tmp_path, database_url)
    python(BEFORE.format(first=str(first), second=str(second)), env)
    told = python('call_command("restored"); call_command("send_due_reminders")\n' + HELD, env)
    assert "4 messages are held" in told
    assert told.split()[-1] == "6"
