"""Prepares a product for a race; prints as JSON what 60 racers need: `python -m tests.faults.crowd_to_come 60`."""

import json
import sys

import django

django.setup()

from django.test import Client  # noqa: E402

from fsportal.models import PortalSettings, User  # noqa: E402
from portal.models import WebRole  # noqa: E402
from tests.factories import ContactFactory, IncidentTypeFactory, InvitationFactory, ResourceFactory  # noqa: E402


def session_of_a_customer(number: int) -> str:
    """Return the session key of a new customer who has signed in."""
    user = User.objects.create(username=f"racer{number}")
    WebRole.web_api_users().give(ContactFactory(portal_user=user), by=None)
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def prepare(people: int) -> dict[str, object]:
    portal_settings = PortalSettings.load()
    portal_settings.self_scheduling = True
    portal_settings.save()
    ResourceFactory(working_hours={str(day): ["06:00", "22:00"] for day in range(7)})
    service = IncidentTypeFactory(is_offered=True)
    return {
        "code": InvitationFactory().code,
        "service": str(service.pk),
        "sessions": [session_of_a_customer(number) for number in range(people)],
    }


if __name__ == "__main__":
    print(json.dumps(prepare(int(sys.argv[1]))))
