"""One in-app notification to 10,000 and to 100,000 users in one call, against one bare INSERT…SELECT of as many rows.

The bare one fills the same columns and indexes, and also reads the rows in the order of their owners.
"""

import statistics
import uuid
from collections.abc import Callable
from typing import Any

from setting import fresh_database, report, seconds  # isort: skip  (sets Django up)

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import QuerySet

from fsportal.models import User
from notifications.inapp import data_column
from notifications.inapp.draft import AppNotificationDraft
from notifications.inapp.send import send_to_many
from notifications.models import AppNotification

#: How many users, and how often.
SIZES = {10_000: 7, 100_000: 3}
SAID = {"title": "**SLA critical**", "body": "Case [Overhaul](?pagetype=entityrecord&etn=account&id=1) is _late_."}


def recipients(number: int) -> "QuerySet[User]":
    """Make the users; they read by their group, as staff do."""
    users = [User(username=f"user{n}", password="!") for n in range(number)]
    User.objects.bulk_create(users, batch_size=1000)
    of_group = User.groups.through
    group = Group.objects.get(name="technician")
    of_group.objects.bulk_create([of_group(user_id=user.pk, group_id=group.pk) for user in users], batch_size=1000)
    return User.objects.filter(groups=group)


def send(to: "QuerySet[User]", number: int) -> None:
    """Check, render and fan out one note."""
    made = send_to_many(AppNotificationDraft.of(title="SLA", body="Late", override_content=SAID), to)
    assert made == number, made


def bare(number: int) -> None:
    """Copy the last sending's rows with one statement and no look at anything else."""
    latest = AppNotification.objects.order_by("-created_on").values_list("sending", flat=True)[0]
    table = AppNotification._meta.db_table
    columns = [f.column for f in AppNotification._meta.concrete_fields if f.column not in ("id", "sending")]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    is_postgresql = connection.vendor == "postgresql"
    new_id = "gen_random_uuid()" if is_postgresql else "lower(hex(randomblob(16)))"
    values = [uuid.uuid4(), latest] if is_postgresql else [uuid.uuid4().hex, latest.hex]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (id, sending, {names}) SELECT {new_id}, %s, {names} FROM {table} WHERE sending = %s",
            values,
        )
        assert cursor.rowcount == number


def rendered_in(work: Callable[[], None]) -> int:
    """Return how often the content is checked and rendered while `work` runs."""
    compose, calls = data_column.compose, []

    def counted(**content: Any) -> data_column.DataColumn:
        calls.append(1)
        return compose(**content)

    data_column.compose = counted
    try:
        work()
    finally:
        data_column.compose = compose
    return len(calls)


def measure(number: int, rounds: int) -> None:
    """Print rates per second, taken by turns so that both meet the same table."""
    fresh_database()
    to = recipients(number)
    renders = rendered_in(lambda: send(to, number))
    ours, copied = [], []
    for _round in range(rounds):
        ours.append(number / seconds(lambda: send(to, number)))
        copied.append(number / seconds(lambda: bare(number)))
    assert AppNotification.objects.count() == number * (2 * rounds + 1)
    report(
        f"one notification to {number:,} users ({connection.vendor})",
        statistics.median(ours),
        "bare INSERT…SELECT",
        statistics.median(copied),
        "rows/s",
    )
    print(f"the note was rendered {renders} time(s) for {number:,} rows")


def main() -> None:
    for number, rounds in SIZES.items():
        measure(number, rounds)


if __name__ == "__main__":
    main()
