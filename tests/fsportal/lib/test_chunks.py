"""Changing many rows in short transactions."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fsportal.lib.chunks import Budget, delete_in_chunks, in_chunks
from fsportal.models import Account, ScheduledRun

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EVERYTHING = ScheduledRun.objects.all()


def runs(number: int) -> None:
    ScheduledRun.objects.bulk_create(
        ScheduledRun(job="x", slot=START + dt.timedelta(hours=hour)) for hour in range(number)
    )


@pytest.mark.parametrize("number", [0, 6, 7])
def test_all_of_them_go_in_parts(number: int) -> None:
    runs(number)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert delete_in_chunks(EVERYTHING, Budget(), chunk=3) == number
    assert not EVERYTHING.exists()
    deletes = [one["sql"] for one in queries.captured_queries if one["sql"].startswith("DELETE")]
    assert len(deletes) == -(-number // 3)


def test_a_job_that_is_out_of_time_has_done_one_part_and_the_next_run_does_the_rest() -> None:
    runs(7)
    assert delete_in_chunks(EVERYTHING, Budget(0), chunk=3) == 3
    assert delete_in_chunks(EVERYTHING, Budget(), chunk=3) == 4


def test_what_a_change_leaves_is_not_read_for_ever() -> None:
    runs(7)
    # The last row of each of the three parts is read twice.
    assert in_chunks(EVERYTHING, lambda part: part.count(), Budget(), by="slot", chunk=3) == 10


def test_rows_that_others_refer_to_are_not_deleted_this_way() -> None:
    with pytest.raises(TypeError, match="Account"):
        delete_in_chunks(Account.objects.all(), Budget())
