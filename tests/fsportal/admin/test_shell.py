"""The frame of the Settings area: the navigation by job, what needs somebody, light and dark."""

import re
from collections.abc import Callable
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fsportal.models import User
from notifications.models import State
from tests.admin_cast import person
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

BLOCK = re.compile(r"{% block ([\w-]+)")


def marked(page: str) -> list[tuple[str, str]]:
    """Return the value of aria-current and the words of each marked link of the navigation."""
    nav = page.partition('id="shell-navigation"')[2].partition("</nav>")[0]
    links = re.findall(r'aria-current="(\w+)">(.*?)</a>', nav, re.DOTALL)
    return [(current, re.sub(r"<[^>]+>", "", words).strip()) for current, words in links]


def test_the_frame_has_every_block_of_djangos() -> None:
    theirs = Path(django.__file__).parent / "contrib/admin/templates/admin/base.html"
    ours = settings.BASE_DIR / "templates/admin/base.html"
    assert set(BLOCK.findall(theirs.read_text())) <= set(BLOCK.findall(ours.read_text()))


def test_the_navigation_marks_the_job_and_the_page(admin: Client) -> None:
    lists = reverse("admin:fsportal_account_changelist")
    assert marked(admin.get(lists).content.decode()) == [("true", "Customers"), ("page", "Accounts")]
    below = admin.get(reverse("admin:fsportal_account_add")).content.decode()
    assert marked(below) == [("true", "Customers"), ("true", "Accounts")]
    assert marked(admin.get(reverse("admin:today")).content.decode()) == [("page", "Today")]
    popup = admin.get(reverse("admin:fsportal_account_add"), {"_popup": 1}).content.decode()
    assert "shell-navigation" not in popup
    assert 'id="header"' not in popup


def test_everybody_sees_the_jobs_that_they_may_do(client: Client) -> None:
    client.force_login(UserFactory(username="dora", is_staff=True, groups=["dispatcher"]))
    page = client.get(reverse("admin:index"))
    jobs = [str(job.name) for section in page.context["navigation"] for job in section.jobs]
    assert jobs == ["Today", "Board", "Map", "Bookings", "Customers", "Technicians", "Reports", "Messages", "Portal",
                    "Settings", "People and access", "Health"]  # fmt: skip
    people = next(job for section in page.context["navigation"] for job in section.jobs if job.slug == "people")
    assert [link.url for link in people.links] == [reverse("admin:fsportal_auditentry_changelist")]
    assert "Role: dispatcher" in page.content.decode()
    client.force_login(person("nobody", []))
    page = client.get(reverse("admin:index"))
    assert page.context["navigation"] == []
    assert "You have no rights here yet" in page.content.decode()


def test_what_needs_somebody_is_counted_once_for_many_pages(
    admin: Client, make_message: Callable[..., object], django_assert_num_queries: Callable[..., object]
) -> None:
    make_message(State.FAILED, reason="refused")
    index = admin.get(reverse("admin:index")).content.decode()
    assert "1 message needs attention" in index
    with CaptureQueriesContext(
        connection,
    ) as later:
        page = admin.get(reverse("admin:fsportal_account_changelist")).content.decode()
    assert "need somebody" in page
    assert not [one for one in later if "notifications_customernotification" in one["sql"]]
    make_message(State.FAILED, reason="refused")
    assert "2 messages need attention" in admin.get(reverse("admin:index")).content.decode()


def test_light_and_dark_are_kept_and_need_no_script(admin: Client) -> None:
    address, here = reverse("admin:appearance"), reverse("admin:today")
    assert admin.get(address).status_code == 405
    answer = admin.post(address, {"theme": "dark", "next": here})
    assert (answer.status_code, answer["Location"]) == (302, here)
    admin.post(address, {"navigation": "narrow", "theme": "<b>", "next": here})
    opening = admin.get(here).content.decode().partition("<head>")[0]
    assert 'data-theme="dark" data-navigation="narrow"' in opening
    answer = admin.post(address, {"theme": "system", "next": "https://evil.example/"})
    assert answer["Location"] == reverse("admin:index")
    assert "data-theme" not in admin.get(here).content.decode().partition("<head>")[0]


def test_a_language_is_chosen_without_a_script_and_goes_along_to_another_browser(admin: Client) -> None:
    here, address = reverse("admin:today"), reverse("admin:appearance")
    admin.post(address, {"language": "tlh", "next": here})
    assert admin.get(here)["Content-Language"] == "en"
    admin.post(address, {"language": "es", "next": here})
    assert admin.get(here)["Content-Language"] == "es"
    user = User.objects.get(pk=admin.session["_auth_user_id"])
    user.set_password("Long enough 7!")
    user.save()
    other = Client()
    other.post(reverse("account_login"), {"login": user.username, "password": "Long enough 7!"})
    assert other.get(here)["Content-Language"] == "es"
