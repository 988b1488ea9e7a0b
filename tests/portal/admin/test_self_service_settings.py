"""Settings behind self-service: what customers may do, technicians' work and hours, and visits at the same time."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import IncidentType, Resource
from bookings.models.resources import office_hours


@pytest.fixture
def resource(resource: Resource) -> Resource:
    resource.working_hours = office_hours()
    resource.save()
    return resource


def hours(**days: str) -> dict[str, str]:
    """Return the whole table as a browser sends it: `d0="08:00-17:00"` is Monday."""
    return {f"working_hours_{day}": days.get(f"d{day}", "") for day in range(7)}


def page(resource: Resource) -> str:
    return reverse("admin:bookings_resource_change", args=[resource.pk])


#: What the page sends of a technician without special days.
NO_SPECIAL_DAYS = {"special_days-TOTAL_FORMS": 0, "special_days-INITIAL_FORMS": 0}


def post(client: Client, resource: Resource, typed: dict[str, Any]) -> Any:
    shown = {"name": resource.name, "time_zone": resource.time_zone, "is_active": "on"}
    return client.post(page(resource), shown | NO_SPECIAL_DAYS | typed)


# --- Working hours --------------------------------------------------------------------------------------------------
def test_hours_are_seven_rows_that_show_what_is_kept(admin: Client, resource: Resource) -> None:
    words = admin.get(page(resource)).content.decode()
    for said in ("Monday", "Sunday", 'name="working_hours_0" value="08:00-17:00" aria-label="Monday"',
                 'name="working_hours_4" value="08:00-17:00"', 'name="working_hours_6" value=""'):  # fmt: skip
        assert said in words
    assert "style=" not in words


def test_what_is_written_in_the_rows_is_kept(admin: Client, resource: Resource) -> None:
    typed = hours(d0="7:30 - 16:00", d3="13-17:00, 08:00-12.00", d5="22:00-06:00", d6="00:00-24:00")
    answer = post(admin, resource, typed)
    assert answer.status_code == 302
    resource.refresh_from_db()
    assert resource.working_hours == {
        "0": ["07:30", "16:00"],
        "3": [["08:00", "12:00"], ["13:00", "17:00"]],
        "5": ["22:00", "06:00"],
        "6": ["00:00", "00:00"],
    }
    words = admin.get(page(resource)).content.decode()
    assert 'name="working_hours_3" value="08:00-12:00, 13:00-17:00"' in words


def test_monday_s_hours_can_be_those_of_the_days_until_friday(admin: Client, resource: Resource) -> None:
    copied = hours(d0="08:00-12:00", d2="10:00-11:00", d5="09:00-10:00") | {"working_hours_as_monday": "on"}
    post(admin, resource, copied)
    resource.refresh_from_db()
    assert resource.working_hours == {str(n): ["08:00", "12:00"] for n in range(5)} | {"5": ["09:00", "10:00"]}


def test_nobody_works_who_has_no_hours(admin: Client, resource: Resource) -> None:
    assert post(admin, resource, hours()).status_code == 302
    resource.refresh_from_db()
    assert resource.working_hours == {}


def test_a_form_without_the_rows_leaves_the_hours_as_they_are(admin: Client, resource: Resource) -> None:
    assert post(admin, resource, {}).status_code == 302
    resource.refresh_from_db()
    assert resource.working_hours["0"] == ["08:00", "17:00"]


def test_each_wrong_day_is_named_and_what_was_typed_stays(admin: Client, resource: Resource) -> None:
    typed = hours(d0="08:00", d1="8 o'clock-17:00", d2="09:00-09:00", d3="08:00-17:00", d4="08:00-12:00, 11:00-13:00")
    typed |= {"working_hours_5": "22:00-06:00, 23:00-24:00", "working_hours_6": "25:00-26:00"}
    answer = post(admin, resource, typed)
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "Monday: “08:00” is not a from and a to. Write it like 08:00-12:00, several with commas between." in words
    assert "Tuesday: “8 o&#x27;clock-17:00” is not a from and a to." in words
    assert "Wednesday: Both times are 09:00. Write 00:00-00:00 for the whole day." in words
    assert "Thursday:" not in words
    assert "Friday: 08:00 to 12:00 and 11:00 to 13:00 overlap. Write them one after the other." in words
    assert "Saturday: 22:00 to 06:00 and 23:00 to 00:00 overlap." in words
    assert "Sunday: “25:00” is not a time. Write it like 08:30." in words
    assert 'value="8 o&#x27;clock-17:00"' in words
    resource.refresh_from_db()
    assert resource.working_hours["0"] == ["08:00", "17:00"]


def test_a_new_technician_starts_with_office_hours(admin: Client) -> None:
    words = admin.get(reverse("admin:bookings_resource_add")).content.decode()
    assert 'name="working_hours_0" value="08:00-17:00"' in words
    typed = {"name": "New One", "time_zone": "UTC", "is_active": "on"} | NO_SPECIAL_DAYS | hours(d0="08:00-17:00")
    assert admin.post(reverse("admin:bookings_resource_add"), typed).status_code == 302
    assert Resource.objects.get(name="New One").working_hours == {"0": ["08:00", "17:00"]}


def test_who_may_only_look_reads_the_hours_as_words(reader: Client, resource: Resource) -> None:
    words = reader.get(page(resource)).content.decode()
    assert "Monday: 08:00 to 17:00" in words
    assert "Saturday" not in words
    assert "working_hours_0" not in words


def test_the_work_that_a_technician_does_is_chosen_on_their_page(admin: Client, resource: Resource) -> None:
    kind = IncidentType.objects.create(name="Boiler service")
    post(admin, resource, hours() | {"incident_types": [str(kind.pk)]})
    assert list(resource.incident_types.all()) == [kind]


# --- What customers may do ------------------------------------------------------------------------------------------
def test_an_incident_type_says_what_customers_may_do(admin: Client, reader: Client) -> None:
    kind = IncidentType.objects.create(name="Boiler service")
    address = reverse("admin:bookings_incidenttype_change", args=[kind.pk])
    assert "What customers may do" in admin.get(address).content.decode()
    typed = {"name": kind.name, "duration_minutes": 60, "customers_may_cancel": "on", "cutoff_hours": 48}
    typed |= {"buffer_before_minutes": 10, "buffer_after_minutes": 0}
    assert reader.post(address, typed).status_code == 403
    assert admin.post(address, typed | {"max_changes": 2}).status_code == 302
    kind.refresh_from_db()
    assert (kind.customers_may_change, kind.customers_may_cancel) == (False, True)
    assert (kind.cutoff_hours, kind.max_changes) == (48, 2)


# --- Special days ---------------------------------------------------------------------------------------------------
def test_a_special_day_is_written_on_the_technician_s_page(admin: Client, resource: Resource) -> None:
    typed = {"special_days-TOTAL_FORMS": 1, "special_days-0-day": "2090-12-24", "special_days-0-hours": "08-12"}
    assert post(admin, resource, typed).status_code == 302
    assert [(str(one.day), one.hours) for one in resource.special_days.all()] == [("2090-12-24", [["08:00", "12:00"]])]
    assert 'value="08:00-12:00"' in admin.get(page(resource)).content.decode()
    wrong = post(admin, resource, typed | {"special_days-0-day": "2090-12-31", "special_days-0-hours": "early"})
    assert "“early” is not a from and a to." in wrong.content.decode()


def test_a_technician_whom_customers_are_never_offered_is_said_to_be_one(admin: Client, resource: Resource) -> None:
    said = "Never offered to customers: no "
    assert said not in admin.get(page(resource)).content.decode()
    Resource.objects.update(start_latitude=None)
    assert said + "start place." in admin.get(page(resource)).content.decode()
    assert "Never offered to customers" in admin.get(reverse("admin:bookings_resource_changelist")).content.decode()
