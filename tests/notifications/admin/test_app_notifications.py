"""Settings > In-app notifications: the list, one, sending, what is stored, and icons."""

import datetime as dt
import io
import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from fsportal.models import AuditEntry, BusinessUnit, PortalSettings, User
from notifications.admin.storage import storage
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification, UploadedIcon
from tests.admin_cast import person
from tests.factories import UserFactory

LIST = "/admin/notifications/appnotification/"
SEND, STORAGE, ICONS = f"{LIST}send/", f"{LIST}storage/", "/admin/notifications/uploadedicon/"
READS = ["view_appnotification"]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/></svg>'


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (24, 24), "red").save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def reads(db: None) -> User:
    return person("reads", READS)


@pytest.fixture
def card(reads: User) -> AppNotification:
    return send_app_notification(title="Meet at *ten*", body="In <b>the</b> office", recipient=reads)


def signed_in(*rights: str) -> Client:
    client = Client()
    client.force_login(person(f"somebody{uuid.uuid4().hex[:6]}", list(rights)))
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


# --- Who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [LIST, STORAGE, SEND, f"{LIST}{uuid.UUID(int=0)}/change/"])
def test_strangers_sign_in_and_a_reader_of_their_own_is_refused(stranger: Client, db: None, address: str) -> None:
    assert stranger.get(address).status_code == 302
    for rights in (READS, [*READS, "view_local_appnotification", "view_deep_appnotification"]):
        assert signed_in(*rights).get(address).status_code == 403


def test_a_notification_is_shown_to_the_global_reader_only(card: AppNotification) -> None:
    page = f"{LIST}{card.pk}/change/"
    assert signed_in(*READS).get(page).status_code == 403
    shown = text(signed_in("view_global_appnotification").get(page))
    assert "Meet at *ten*" in shown
    assert "&lt;b&gt;the&lt;/b&gt;" in shown
    assert f"/notifications/{card.pk}/dismiss" not in shown
    assert f"{card.pk}/delete" not in shown


def test_deleting_takes_its_own_privilege(card: AppNotification) -> None:
    page = f"{LIST}{card.pk}/delete/"
    assert signed_in("view_global_appnotification").post(page, {"post": "yes"}).status_code == 403
    assert signed_in("delete_appnotification").post(page, {"post": "yes"}).status_code == 403
    both = signed_in("view_global_appnotification", "delete_appnotification")
    assert both.post(page, {"post": "yes"}).status_code == 302
    assert not AppNotification.objects.exists()


def test_nobody_adds_or_changes_one_by_hand(admin: Client, card: AppNotification) -> None:
    assert admin.get(f"{LIST}add/").status_code == 403
    admin.post(f"{LIST}{card.pk}/change/", {"title": "Other"})
    card.refresh_from_db()
    assert card.title == "Meet at *ten*"


# --- The list -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"new", "seen", "dismissed", "expired", "old"}),
        ("state=new", {"new", "old"}),
        ("state=seen", {"seen"}),
        ("state=dismissed", {"dismissed"}),
        ("state=expired", {"expired"}),
        ("age=7%2B", {"old"}),
        ("age=1", {"new", "seen", "dismissed", "expired"}),
        ("from=people", {"seen"}),
        ("from=portal", {"new", "dismissed", "expired", "old"}),
        ("q=dismiss", {"dismissed"}),
        ("age=nonsense", {"new", "seen", "dismissed", "expired", "old"}),
    ],
)
def test_the_list_filters(admin: Client, reads: User, query: str, expected: set[str]) -> None:
    now = timezone.now()
    rows = {name: send_app_notification(title=name, recipient=reads) for name in ("new", "seen", "dismissed")}
    rows |= {name: send_app_notification(title=name, recipient=reads) for name in ("expired", "old")}
    changes: dict[str, dict[str, Any]] = {
        "seen": {"seen_at": now, "sender": reads},
        "dismissed": {"dismissed_at": now},
        "expired": {"expires_at": now - dt.timedelta(seconds=1)},
        "old": {"created_on": now - dt.timedelta(days=10)},
    }
    for name, values in changes.items():
        AppNotification.objects.filter(pk=rows[name].pk).update(**values)
    shown = text(admin.get(f"{LIST}?{query}", follow=True))
    assert set(re.findall(r'<span dir="auto">(\w+)</span>', shown)) == expected


# --- Storage --------------------------------------------------------------------------------------------------------


def test_storage_counts_by_age_and_sender(admin: Client, reads: User, card: AppNotification) -> None:
    sender = person("sends", [*READS, "view_global_appnotification", "send_appnotification"])
    for _time in range(2):
        send_app_notification(title="From sends", recipient=reads, sender=sender)
    AppNotification.objects.filter(pk=card.pk).update(created_on=timezone.now() - dt.timedelta(days=40))
    shown = " ".join(re.sub("<[^>]+>", " ", text(admin.get(STORAGE))).split())
    assert "3 notifications," in shown
    assert "the last day 2" in shown
    assert "older than 30 days 1" in shown
    assert "sends 2" in shown
    assert "the portal itself 1" in shown


def test_storage_is_counted_once_for_some_minutes(card: AppNotification) -> None:
    first = storage()
    send_app_notification(title="One more", recipient=card.owner)
    assert storage() == first
    cache.clear()
    assert storage().rows == 2


# --- Sending --------------------------------------------------------------------------------------------------------


def filled(**fields: Any) -> dict[str, Any]:
    return {
        "sending": str(uuid.uuid4()),
        "title": "Fire drill",
        "priority": 200000000,
        "icon_type": 100000000,
        "toast_type": 200000000,
        **fields,
    }


@pytest.fixture
def sender(db: None) -> Client:
    return signed_in(*READS, "view_global_appnotification", "send_appnotification", "add_appnotification")


def test_the_form_needs_the_privilege_to_send(db: None, sender: Client) -> None:
    assert signed_in("view_global_appnotification").get(SEND).status_code == 403
    assert signed_in("view_global_appnotification").post(SEND, filled(users="reads")).status_code == 403
    assert sender.get(SEND).status_code == 200
    assert not AppNotification.objects.exists()


def test_with_the_feature_off_nothing_is_sent_and_the_form_says_so(sender: Client, reads: User) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"in_app_notifications": False})
    answer = sender.post(SEND, filled(users="reads"))
    assert answer.status_code == 400
    assert "switched off" in text(answer)
    assert not AppNotification.objects.exists()


def test_to_users_a_unit_and_a_group_each_once(sender: Client, reads: User) -> None:
    unit = BusinessUnit.objects.create(name="North")
    north = person("north", READS)
    User.objects.filter(pk__in=[north.pk, reads.pk]).update(business_unit=unit)
    UserFactory(username="blind", business_unit=unit)
    driver = UserFactory(groups=["technician"])
    group = Group.objects.get(name="technician")
    said = filled(users="reads, north", business_unit=str(unit.pk), group=str(group.pk), body="At ten", days="2")
    for _time in range(2):  # a second press of the button
        assert sender.post(SEND, said).status_code == 302
    rows = AppNotification.objects.all()
    assert {row.owner for row in rows} == {reads, north, driver}
    assert rows.count() == 3
    assert {row.ttl_in_seconds for row in rows} == {2 * 86400}
    assert AuditEntry.objects.filter(action="sent an in-app notification", why="Fire drill (3)").count() == 1


def test_a_button_is_sent_along(sender: Client, reads: User) -> None:
    sender.post(SEND, filled(users="reads", link_title="Plan", link="?pagetype=entitylist&etn=account"))
    (action,) = AppNotification.objects.get().content["actions"]
    assert action["title"] == "Plan"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Say whom it goes to"),
        ({"users": "nobody-of-this-name"}, "nobody-of-this-name"),
        ({"users": "reads", "title": " "}, "required"),
        ({"users": "reads", "title": "x" * 257}, "256"),
        ({"users": "reads", "link": "javascript:alert(1)", "link_title": "Go"}, "may not open this address"),
        ({"users": "reads", "link": "https://example.com/"}, "both words and an address"),
        ({"users": "reads", "priority": 5}, "valid choice"),
        ({"users": "reads", "days": 0}, "greater than or equal to 1"),
        ({"users": "reads", "sending": "no guid"}, "errornote"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_sent(
    sender: Client, reads: User, fields: dict[str, Any], words: str
) -> None:
    answer = sender.post(SEND, filled(**fields))
    assert answer.status_code == 400
    assert words in text(answer)
    assert not AppNotification.objects.exists()


def test_who_reads_only_their_own_sends_only_to_themselves(reads: User) -> None:
    client = Client()
    own = person("own", [*READS, "send_appnotification", "add_appnotification"])
    client.force_login(own)
    refused = client.post(SEND, filled(users="reads"))
    assert refused.status_code == 400
    assert "To send to others" in text(refused)
    assert client.post(SEND, filled(users="own"))["Location"] == "/notifications/"
    assert AppNotification.objects.get().owner == own


# --- Icons ----------------------------------------------------------------------------------------------------------


def upload(client: Client, name: str, content: bytes) -> Any:
    return client.post(f"{ICONS}add/", {"name": name, "file": SimpleUploadedFile("any.bin", content)})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cash.svg", "image/svg+xml"),
        ("new_/icons/cash.png", "image/png"),
        ("cr245_AlertOn", "image/svg+xml"),
        ("cr245_AlertOn", "image/png"),
    ],
)
def test_an_uploaded_icon_is_shown_and_nothing_in_it_runs(admin: Client, client: Client, name: str, kind: str) -> None:
    content = SVG if kind == "image/svg+xml" else png()
    assert upload(admin, name, content).status_code == 302
    answer = client.get(f"/WebResources/{name}")
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, kind, content)
    assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client.post(f"/WebResources/{name}").status_code == 405
    assert f"/WebResources/{name}" in text(admin.get(ICONS))


def test_uploading_again_replaces_it(admin: Client, client: Client) -> None:
    upload(admin, "cash.svg", SVG)
    icon = UploadedIcon.objects.get()
    other = SVG.replace(b"9", b"8")
    admin.post(f"{ICONS}{icon.pk}/change/", {"name": "cash.svg", "file": SimpleUploadedFile("a.svg", other)})
    assert client.get("/WebResources/cash.svg").content == other


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cash.svg", png()),
        ("cash.png", SVG),
        ("cash.png", b""),
        ("cash.svg", b"<html><script>alert(1)</script></html>"),
        ("cash.svg", b'<!DOCTYPE a [<!ENTITY x "y">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>'),
        ("cash.svg", SVG + b" " * 70_000),
        ("cash.html", SVG),
        ("cash", b"<html><script>alert(1)</script></html>"),
        ("cash", b""),
        ("../cash.svg", SVG),
        ("/cash.svg", SVG),
        ("a b.svg", SVG),
        ("cash.svg\n", SVG.replace(b"svg", b"gvs")),
    ],
)
def test_what_is_no_icon_is_refused(admin: Client, name: str, content: bytes) -> None:
    assert upload(admin, name, content).status_code == 200
    assert not UploadedIcon.objects.exists()


@pytest.mark.parametrize("name", ["none.svg", "..%2Fsettings.py", "a/b/c", "%00.svg"])
def test_an_unknown_icon_is_not_found(client: Client, db: None, name: str) -> None:
    assert client.get(f"/WebResources/{name}").status_code == 404


def test_icons_take_their_own_permission(db: None) -> None:
    assert signed_in("view_uploadedicon").get(ICONS).status_code == 200
    assert upload(signed_in("view_uploadedicon"), "cash.svg", SVG).status_code == 403
    assert signed_in(*READS).get(ICONS).status_code == 403


# --- The settings record --------------------------------------------------------------------------------------------


def test_the_settings_record_says_what_its_in_app_fields_do(admin: Client) -> None:
    PortalSettings.objects.get_or_create(pk=1)
    shown = text(admin.get("/admin/fsportal/portalsettings/1/change/"))
    assert "Nothing uses these yet" not in shown
    assert "The bell of staff" in shown
