"""The whole product as processes of their own: a file in, a worker that dies in mid-delivery, and each message once."""

import csv
import datetime as dt
import io
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from django.conf import settings

from tests.migrated import copy_to
from tests.servers import SmtpSink, TwilioServer
from tests.test_start import PATIENCE, ROOT, Started, descendants, eventually

COLUMNS = [
    *("external_id", "work_order", "account", "account_external_id", "city", "country", "time_zone"),
    *("contact_name", "contact_email", "contact_phone", "incident_type", "resource", "start", "end"),
]
VISITS = 60
TABLE = "notifications_customernotification"
LET_GO = "from tests.factories import let_texts_go, name_company; name_company(); let_texts_go()"


def schedule(path: Path) -> None:
    """Write a file of visits within the next days, each with a contact of its own."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for number in range(VISITS):
        start = dt.datetime.now(dt.UTC) + dt.timedelta(days=1, minutes=number)
        values = [
            *(f"OUT-{number}", f"WO-OUT-{number}", f"Account {number}", f"A-{number}", "London", "GB", "Europe/London"),
            *(f"Contact {number}", f"contact{number}@example.com", f"020 7946 0{number:03d}", "Boiler", "Omar"),
            *(f"{start:%Y-%m-%dT%H:%M:00Z}", f"{start + dt.timedelta(hours=1):%Y-%m-%dT%H:%M:00Z}"),
        ]
        writer.writerow(dict(zip(COLUMNS, values, strict=True)))
    path.write_text(text.getvalue())


def manage(started: Started, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=started.environment,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )


def states(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=20)) as database:
        return Counter(dict(database.execute(f"SELECT state, count(*) FROM {TABLE} GROUP BY 1")))


def test_a_worker_killed_in_mid_delivery_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    schedule(tmp_path / "schedule.csv")
    with SmtpSink() as smtp, TwilioServer() as twilio:
        environment = {"DELIVERY_MODE": "live", "EMAIL_URL": smtp.url, "SMS_URL": twilio.sms_url}
        copy_to(tmp_path / "db.sqlite3")
        started = Started(tmp_path, **environment)
        try:
            started.wait_until_ready()
            manage(started, "shell", "-c", LET_GO)
            manage(started, "import_bookings", str(tmp_path / "schedule.csv"))
            manage(started, "send_due_reminders")
            eventually(lambda: len(smtp.messages) + len(twilio.messages) > VISITS // 2, "half of them sent")
            for pid, command in descendants(started.process.pid).items():
                if "qcluster" in command or "fsportal: delivery" in command:
                    os.kill(pid, signal.SIGKILL)
            # The launcher starts another. What the dead one had claimed is due again when its lease has lapsed, and
            # a test cannot wait that long.
            with closing(sqlite3.connect(tmp_path / "db.sqlite3", timeout=20)) as database, database:
                database.execute(f"UPDATE {TABLE} SET lease_until = '2020-01-01' WHERE state = 'sending'")
            eventually(lambda: not {"queued", "sending"} & set(states(tmp_path)), "nothing left to do")
        finally:
            started.clean_up()
    told = Counter(mail["To"].addresses[0].addr_spec for mail in smtp.messages)
    texts = Counter(sms["To"] for sms in twilio.messages)
    ended = states(tmp_path)
    # What was being handed over when the process died, one text on each connection, is `unknown` and never sent again.
    assert ended["unknown"] <= settings.CONNECTIONS["sms"]
    assert set(texts.values()) == {1}
    assert len(texts) >= VISITS - ended["unknown"]
    # An email cut off in the middle goes out again under its own Message-ID, which mailboxes show once.
    assert len({mail["Message-ID"] for mail in smtp.messages}) == len(told) == VISITS
