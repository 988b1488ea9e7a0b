"""`manage.py export_person`: everything that is held of the person, no secret, and nothing of anybody else."""

import json
import stat
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from bookings.models import BookingNotificationCode, Position, Resource, Tap, TapOutcome, TapVerb
from fsportal.models import ApiToken, User
from portal.models import Invitation, OneTimeCode
from tests.personal_data.life import EMAIL, NAME, NEIGHBOUR, NEIGHBOUR_EMAIL, OLD_EMAIL, PHONE, USER_NAME, Life, said

pytestmark = pytest.mark.django_db


def export(address: str = EMAIL, *options: str) -> str:
    return said("export_person", address, *options)


def document(address: str = EMAIL) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export(address))
    return found


def test_it_holds_every_part_of_the_history(life: Life) -> None:
    found = document()
    empty = [name for name, rows in found.items() if not rows]
    assert empty == ["saved_views", "app_notifications", "in_app_preferences", "mutes"]  # customers have none
    assert found["contacts"][0]["name"] == NAME
    assert found["contacts"][0]["email"] == EMAIL
    assert found["contacts"][0]["mobile_phone"] == PHONE
    assert found["contacts"][0]["account__name"] == "Harbour Ltd"
    assert found["users"][0]["username"] == USER_NAME
    assert [change["before"] for change in found["profile_changes"] if change["what"] == "email"] == [OLD_EMAIL]
    assert "my bell is broken" in found["work_orders"][0]["notes"]
    assert [note["text"] for note in found["customer_notes"]] == ["my bell is broken"]
    assert (found["feedback"][0]["rating"], found["feedback"][0]["comment"]) == (1, "my private words, yours Billie")
    assert {row["channel"] for row in found["opt_outs"]} == {"Email", "SMS"}
    assert {row["email"] for row in found["invited_addresses"]} == {OLD_EMAIL, EMAIL.lower()}
    assert [row["body"] for row in found["text_replies"]] == ["my private words, yours Billie", "STOP"]
    assert [row["body"] for row in found["written_by_staff"]] == [f"Dear {NAME}, we have read it."]
    assert found["sign_in"]["sessions"][0]["ip"] == "192.0.2.7"
    assert found["sign_in"]["authenticators"][0]["type"] == "TOTP Authenticator"
    words = "\n".join(message["words"] for message in found["messages"])
    assert "is on the way" in words


def test_times_are_utc_and_letters_are_letters(life: Life) -> None:
    found = document()
    assert found["work_orders"][0]["bookings"][0]["start"].endswith("+00:00")
    assert "Müller" in export()


def test_it_holds_nothing_of_the_neighbour_in_the_same_account(life: Life) -> None:
    text = export()
    for word in (NEIGHBOUR, NEIGHBOUR_EMAIL, "9460555", "Beware of the dog", "Nora", life.neighbours.work_order.number):
        assert word not in text
    assert "my bell is broken" not in export(NEIGHBOUR_EMAIL)


def test_it_holds_no_code_password_token_or_seed(life: Life) -> None:
    text = export()
    token, shown = ApiToken.issue(life.user, "another", days=1)
    secrets = [
        life.code.code,
        *(one.code for one in BookingNotificationCode.objects.all()),
        *(one.code for one in Invitation.objects.all()),
        *(one.digits for one in OneTimeCode.objects.all()),
        *(one.digest for one in ApiToken.objects.all()),
        life.code.public_id,
        shown,
        token.digest,
        User.objects.get(pk=life.user.pk).password,
        "TOTPSEED",
        "IDTOKEN",
    ]
    assert [secret for secret in secrets if secret in text] == []


def test_a_file_is_its_owners_alone_and_overwrites_nothing(life: Life, tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    assert export(EMAIL, "--output", str(path)) == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8"))["users"][0]["username"] == USER_NAME
    path.write_text("mine")
    with pytest.raises(CommandError, match="not overwritten"):
        export(EMAIL, "--output", str(path))
    assert path.read_text() == "mine"
    with pytest.raises(CommandError, match="cannot be written"):
        export(EMAIL, "--output", str(tmp_path / "none" / "person.json"))


def test_nobody_with_the_address_is_an_error(life: Life) -> None:
    with pytest.raises(CommandError, match="Nobody here has the address"):
        export("nobody@example.com")


def test_a_technicians_positions_are_the_technicians(life: Life, technician: User) -> None:
    resource = Resource.objects.get(user=technician)
    where = {"latitude": 51.123456, "longitude": -0.654321, "recorded_at": timezone.now()}
    Position.objects.create(resource=resource, booking=life.booking, **where)
    assert "51.123456" not in export()
    assert document(technician.email)["positions"][0]["latitude"] == 51.123456


def test_a_technicians_taps_are_the_technicians(life: Life, technician: User) -> None:
    Tap.objects.create(
        id=uuid.uuid4(),
        user=technician,
        booking=life.booking,
        verb=TapVerb.TRAVEL,
        made_at=timezone.now(),
        outcome=TapOutcome.DONE,
    )
    assert [(tap["verb"], tap["outcome"]) for tap in document(technician.email)["taps"]] == [("Set off", "Done")]
    assert "taps" not in document()
