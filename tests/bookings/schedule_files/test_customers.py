"""Which account, contact, work order, resource and type a row means (docs/import.md, Who is who)."""

import pytest
from django.utils import timezone

from bookings.models import Booking, IncidentType, Resource, WorkOrder, WorkOrderType
from fsportal.models import Account, Contact
from tests.bookings.schedule_files.files import bring, faults, numbered, row
from tests.factories import AccountFactory, ContactFactory, UserFactory

pytestmark = pytest.mark.django_db


def reporter(number: int = 1) -> Contact | None:
    return WorkOrder.objects.get(number=f"WO-{number}").reported_by


# --- Accounts -------------------------------------------------------------------------------------------------------
def test_an_account_goes_by_its_external_id_and_takes_over_a_new_name() -> None:
    bring(numbered(1))

    bring(numbered(1, account="Contoso Bakeries"))

    assert Account.objects.get().name == "Contoso Bakeries"


def test_the_address_of_an_account_is_the_first_rows_and_stays() -> None:
    bring(numbered(1, address="1 High Street"), numbered(2, address="2 High Street"))

    report = bring(numbered(1, address="9 Other Road"), numbered(2, address="2 High Street"))

    assert Account.objects.get().street == "1 High Street"
    assert [order.street for order in WorkOrder.objects.order_by("number")] == ["9 Other Road", "2 High Street"]
    assert (report.counts["work_orders_changed"], report.counts["accounts_changed"]) == (1, 0)


def test_without_an_external_id_an_account_goes_by_its_name() -> None:
    bring(numbered(1, account_external_id=""), numbered(2, account_external_id=""))

    assert Account.objects.count() == 1


def test_a_name_that_several_accounts_have_needs_the_external_id() -> None:
    rows = [numbered(1, account_external_id="ACC-1"), numbered(2, account_external_id="ACC-2")]

    report = bring(*rows, numbered(3, account_external_id=""))

    assert faults(report) == [(4, "account")]
    assert not Account.objects.exists()


def test_the_order_of_rows_does_not_matter_to_names() -> None:
    with_id, without = numbered(1, account_external_id="ACC-1"), numbered(2, account_external_id="")

    bring(without, with_id)

    assert Account.objects.count() == 1
    assert bring(with_id, without).changes_nothing


def test_the_first_contact_of_a_new_account_is_its_primary_contact() -> None:
    bring(numbered(1, contact_name="First"), numbered(2, contact_name="Second"))
    bring(numbered(3, contact_name="Third"))

    primary = Account.objects.get().primary_contact
    assert primary is not None
    assert primary.name == "First"


# --- Contacts -------------------------------------------------------------------------------------------------------
def test_name_email_and_phone_together_make_a_contact_and_blanks_are_values() -> None:
    bring(
        numbered(1),
        numbered(2, contact_email="ANNA@example.com"),
        numbered(3, contact_phone=""),
        numbered(4, contact_email=""),
    )

    assert reporter(1) == reporter(2)
    assert len({reporter(1), reporter(3), reporter(4)}) == 3


@pytest.mark.parametrize(
    "details",
    [
        {"contact_phone": "020 7946 0999"},
        {"contact_email": "anna.ng@example.com"},
        {"contact_name": "Anna Ng-Smith"},
        {"contact_name": "Anna Ng-Smith", "contact_phone": ""},
    ],
)
def test_new_details_of_the_same_person_are_put_right_in_place(details: dict[str, str]) -> None:
    bring(numbered(1), numbered(2))
    before = reporter()
    Contact.objects.update(email_bounced_at=timezone.now())

    report = bring(numbered(1, **details), numbered(2, **details))

    assert reporter() == before
    # Nothing is known of another address.
    assert Contact.objects.filter(email_bounced_at=None).exists() is ("contact_email" in details)
    assert (Contact.objects.count(), report.counts["contacts_changed"]) == (1, 1)
    assert bring(numbered(1, **details), numbered(2, **details)).changes_nothing


def test_details_that_another_row_still_uses_make_another_contact() -> None:
    bring(numbered(1), numbered(2))

    bring(numbered(1, contact_phone="020 7946 0999"), numbered(2))

    assert reporter(1) != reporter(2)
    assert reporter(2) == Contact.objects.get(mobile_phone="+442079460018")


def test_another_name_and_email_is_another_person() -> None:
    bring(numbered(1, contact_email=""))

    bring(numbered(1, contact_name="Bob", contact_email=""))

    assert Contact.objects.count() == 2
    assert reporter() == Contact.objects.get(name="Bob")


def test_a_contact_without_a_name_goes_by_the_email() -> None:
    bring(numbered(1, contact_name=""))

    assert Contact.objects.get().name == "anna@example.com"


def test_without_any_contact_detail_nobody_reported_the_work() -> None:
    blank = {"contact_name": "", "contact_email": "", "contact_phone": ""}

    bring(numbered(1, **blank))

    assert reporter() is None
    assert not Contact.objects.exists()


def test_a_file_without_contact_columns_leaves_the_contact_alone() -> None:
    bring(numbered(1))
    rest = {name: value for name, value in numbered(1).items() if not name.startswith("contact_")}

    assert bring(rest).changes_nothing
    assert reporter() is not None


def test_the_language_follows_the_file_unless_the_contact_chooses_it_in_the_portal() -> None:
    bring(numbered(1, language="pt_br"))
    assert Contact.objects.get().language == "pt-BR"
    bring(numbered(1, language="de"))
    assert Contact.objects.get().language == "de"

    Contact.objects.update(portal_user=UserFactory())
    bring(numbered(1, language="fr"))

    assert Contact.objects.get().language == "de"


def test_a_contact_of_another_account_is_never_taken() -> None:
    ContactFactory(account=AccountFactory(), name="Anna Ng", email="anna@example.com", mobile_phone="+442079460018")

    bring(numbered(1))

    assert Contact.objects.count() == 2


# --- Work -----------------------------------------------------------------------------------------------------------
def test_resources_and_types_go_by_their_name_in_any_case() -> None:
    bring(numbered(1))

    bring(numbered(2, resource="OMAR HADDAD", incident_type="boiler Inspection", work_order_type="inspection"))

    assert [model.objects.count() for model in (Resource, IncidentType, WorkOrderType)] == [1, 1, 1]


def test_a_new_incident_type_takes_as_long_as_its_first_visit() -> None:
    bring(numbered(1, end="2026-11-24 11:15"), numbered(2, end="2026-11-24 18:00"))

    assert IncidentType.objects.get().duration_minutes == 75


def test_one_work_order_may_have_several_bookings() -> None:
    report = bring(numbered(1), numbered(2, work_order="WO-1", start="2026-11-25 10:00", end="2026-11-25 11:00"))

    assert not report.notes()
    assert Booking.objects.filter(work_order__number="WO-1").count() == 2


def test_rows_that_disagree_about_a_work_order_are_told_and_the_first_counts() -> None:
    rows = [numbered(1), numbered(2, work_order="WO-1", address="Elsewhere")]

    report = bring(*rows)

    assert [(note.row, note.column) for note in report.notes()] == [(3, "work_order")]
    assert WorkOrder.objects.get().street == "1 High Street"
    assert bring(*rows).changes_nothing


def test_a_work_order_of_two_accounts_is_an_error() -> None:
    report = bring(numbered(1), numbered(2, work_order="WO-1", account_external_id="ACC-2"))

    assert faults(report) == [(3, "work_order")]


def test_a_booking_does_not_move_to_another_work_order() -> None:
    bring(numbered(1))

    report = bring(numbered(1, work_order="WO-9"))

    assert faults(report) == [(2, "work_order")]
    assert not WorkOrder.objects.filter(number="WO-9").exists()


def test_notes_go_to_the_work_order_and_a_missing_column_leaves_them() -> None:
    bring(numbered(1, notes="Gate code 4711"))
    without = {name: value for name, value in numbered(1).items() if name not in ("notes", "address")}

    assert bring(without).changes_nothing
    assert WorkOrder.objects.get().notes == "Gate code 4711"


# --- Faults ---------------------------------------------------------------------------------------------------------
def test_all_faults_of_all_rows_are_told_at_once() -> None:
    report = bring(
        row(time_zone="Nowhere", contact_email="x", status="Bookd"),
        numbered(2, longitude=""),
        numbered(3, country="Germany", contact_phone="12"),
        numbered(4, resource="", end="2026-11-24 09:00"),
    )

    assert sorted(faults(report)) == [
        (2, "contact_email"),
        (2, "status"),
        (2, "time_zone"),
        (3, "longitude"),
        (4, "country"),
        (5, "end"),
        (5, "resource"),
    ]


def test_missing_and_doubled_columns_are_named_and_unknown_ones_only_told() -> None:
    content = {name: value for name, value in row(colour="red").items() if name not in ("start", "resource")}
    content["ressource"] = "Omar"

    report = bring(content)

    assert faults(report) == [(1, "resource"), (1, "start")]
    assert "ressource" in report.errors[0].reason
    assert {note.column for note in report.notes()} == {"colour", "ressource"}
    assert not bring(row(colour="red")).errors


def test_no_phone_number_stands_in_a_reason() -> None:
    report = bring(row(contact_phone="020 7946 0018 99999999"))

    assert faults(report) == [(2, "contact_phone")]
    assert "7946" not in report.errors[0].reason


def test_hostile_cells_are_stored_without_control_characters_and_do_nothing() -> None:
    report = bring(
        row(
            account='=HYPERLINK("http://evil")\x00',
            contact_name="Robert'); DROP TABLE bookings;--",
            incident_type="<script>alert(1)</script>\u202e",
            notes="=cmd|' /C calc'!A0",
        )
    )

    assert not report.errors
    order = WorkOrder.objects.select_related("account", "incident_type", "reported_by").get()
    assert order.account.name == '=HYPERLINK("http://evil")'
    assert order.incident_type.name == "<script>alert(1)</script>"
    assert order.notes == "=cmd|' /C calc'!A0"
    assert order.reported_by is not None
    assert order.reported_by.name == "Robert'); DROP TABLE bookings;--"
