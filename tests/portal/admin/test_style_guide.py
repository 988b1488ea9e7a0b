"""The style guide: who sees it, and that it stores nothing."""

import re

from django.test import Client
from django.urls import reverse

from notifications.models import AppNotification
from tests.admin_cast import admin, dispatcher  # noqa: F401  (fixtures)


def test_whoever_may_change_the_settings_sees_each_part_once(admin: Client) -> None:  # noqa: F811
    page = admin.get(reverse("admin:style-guide")).content.decode()
    ids = re.findall(r' id="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    assert "style=" not in page


def test_its_buttons_do_nothing(admin: Client) -> None:  # noqa: F811
    answer = admin.post(reverse("admin:style-guide"))
    assert "its buttons do nothing" in answer.content.decode()
    assert not AppNotification.objects.exists()


def test_dispatchers_do_not_see_made_up_records(dispatcher: Client) -> None:  # noqa: F811
    assert dispatcher.get(reverse("admin:style-guide")).status_code == 403
