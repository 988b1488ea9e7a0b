"""A service has a name in each language: customers read theirs, staff the service's own."""

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import IncidentType
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.admin_cast import admin  # noqa: F401  (a fixture)
from tests.portal.stage import company, customer_of, open_link, visit

GERMAN, HEBREW = "Heizungswartung <b>", "תחזוקת דוד"


@pytest.mark.django_db
def test_customers_read_the_name_of_their_language(admin: Client) -> None:  # noqa: F811
    company(self_scheduling=True)
    code = visit(language="de")
    service = IncidentType.objects.get()
    address = reverse("admin:bookings_incidenttype_change", args=[service.pk])
    form = admin.get(address).context["adminform"].form
    typed = {name: "" if (value := form[name].value()) is None else value for name in form.fields}
    typed |= {"name": "Boiler service", "name_de": GERMAN, "name_he": HEBREW, "is_offered": "on", "skills": []}
    assert admin.post(address, typed | {"name_he": "a\u202eb"}).context["adminform"].form.errors.keys() == {"name_he"}
    assert admin.post(address, typed).status_code == 302
    service.refresh_from_db()
    assert (service.name, service.names) == ("Boiler service", {"de": GERMAN, "he": HEBREW})

    code.booking.travel()
    delivery.drain()
    mail = CustomerNotification.objects.get(channel="email")
    assert GERMAN in mail.words
    assert "Boiler service" not in mail.words

    customer = Client()
    customer.force_login(customer_of(code.contact))
    for language, name in (("de", "Heizungswartung &lt;b&gt;"), ("he", HEBREW), ("fr", "Boiler service")):
        code.contact.language = language
        code.contact.save()
        pages = [open_link(Client(), code)]
        pages += [customer.get(page, headers={"accept-language": language}) for page in ("/", reverse("book"))]
        for page in pages:
            assert name in page.content.decode(), (language, page.request["PATH_INFO"])
    assert GERMAN not in admin.get(reverse("admin:bookings_booking_change", args=[code.booking.pk])).content.decode()
