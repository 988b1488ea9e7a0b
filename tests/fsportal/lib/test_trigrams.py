"""PostgreSQL finds parts of names in an index, and does without where it may not have one."""

import pytest
from django.db import connection, transaction

from bookings.models import WorkOrder
from fsportal.lib.trigrams import TrigramIndexes
from fsportal.models import Account, Contact
from tests.factories import ContactFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such indexes"),
]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Contact, ["name", "email", "mobile_phone"]),
        (Account, ["name", "street", "city", "postal_code", "external_id"]),
        (WorkOrder, ["number"]),
    ],
)
def test_a_part_of_a_name_is_found_in_an_index(model: type[Contact | Account | WorkOrder], columns: list[str]) -> None:
    for column in columns:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = model._default_manager.filter(**{f"{column}__icontains": "smith"}).order_by().explain()
        assert f"{model._meta.db_table}_{column}_parts" in plan


def test_the_search_works_without_the_index_where_none_can_be_made(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "fsportal.lib.trigrams"):
        TrigramIndexes({"fsportal_contact": ("no_such_column",)}).create()
    assert "searches are slower" in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX fsportal_contact_name_parts")
    ContactFactory(name="Ann Smith")
    assert Contact.objects.filter(name__icontains="SMI").exists()
