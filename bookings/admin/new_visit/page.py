"""The page of *New visit*: it finds, shows times and what will be told, and books.

Every button sends the whole form to this page, and everything that was typed comes back. Scripts ask for the same with
`look=parts` while somebody types, and get the form alone.
"""

import datetime as dt
import uuid
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from bookings import new_visits
from bookings.admin import plans
from bookings.admin.new_visit.forms import NewVisitForm
from bookings.availability.conflicts import ConflictsFound
from bookings.availability.free_times import FreeTime
from bookings.models import Booking, BookingError, Resource
from bookings.models.window import BY_SERVICE
from bookings.new_visits import VisitMade
from fsportal.settings_area.addresses import pin_context
from fsportal.settings_area.parts import change_url, site_when, staff

MAY_BOOK = "bookings.add_booking"
#: Whoever plans a stored work order sees no other customers.
MAY_FIND = ("bookings.add_workorder", "fsportal.view_account", "fsportal.view_contact")
MAY_ADD = ("fsportal.add_account", "fsportal.add_contact")


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    asked = request.POST if request.method == "POST" else _prefilled(request.GET)
    is_planning = bool(asked.get("order"))
    if not request.user.has_perm(MAY_BOOK) or not (is_planning or request.user.has_perms(MAY_FIND)):
        raise PermissionDenied
    form = NewVisitForm(asked, now=timezone.now(), may_add=request.user.has_perms(MAY_ADD), more="more" in asked)
    wants = "save" in request.POST
    if wants and (made := new_visits.made_before(form.token_sent)):
        return _booked(request, made)
    if wants and form.is_valid():
        try:
            return _booked(request, new_visits.book(form.new_visit(), form.change(staff(request))))
        except ConflictsFound as found:
            form.conflicts = list(found.conflicts)
            form.add_error(
                "despite", _("Something stands against this time. Choose another one, or book all the same.")
            )
        except BookingError as refusal:
            form.add_error(None, str(refusal))
    if not wants:
        form.full_clean()
        form.forgive()
    more = {
        "form": form,
        "plan": _plan(form, request),
        "title": _("New visit"),
        "has_errors": wants and form.errors,
    } | pin_context()
    template = "admin/new_visit/form.html" if asked.get("look") == "parts" else "admin/new_visit/page.html"
    return TemplateResponse(request, template, context | more, status=400 if wants else 200)


def _prefilled(query: QueryDict) -> QueryDict:
    """Return what an address names as a form would send it: contact or account, work order, start and technician."""
    asked = QueryDict(mutable=True)
    for name in ("contact", "account"):
        if value := query.get(name):
            asked.setdefault("customer", f"{name}:{value}")
    for name, field in (("work_order", "order"), ("resource", "resource"), ("q", "q"), ("service", "service")):
        if value := query.get(name):
            asked[field] = str(value)
    if start := query.get("start"):
        for field, value in _time_of(str(start), str(query.get("resource", ""))).items():
            asked[field] = value
    return asked


def _time_of(written: str, technician: str) -> dict[str, str]:
    """Return the fields of a start: one with an offset and a technician is a time to choose, as the board names it."""
    try:
        start, resource = dt.datetime.fromisoformat(written), Resource(pk=uuid.UUID(technician))
    except ValueError:
        return {"start": written, "when": "typed"}
    if timezone.is_naive(start):
        return {"start": written, "when": "typed"}
    return {"when": FreeTime(start, start, resource).key}


def _plan(form: NewVisitForm, request: HttpRequest) -> Any:
    """Return what the customer will be told of the visit as it stands in the form."""
    order, time = form.work_order, form.time
    if form.chosen_when == "later":
        return plans.rendered(
            plans.ShownPlan([], [], "", _("Nothing yet: a visit that is planned later is told then."))
        )
    if order is None or time is None:
        return plans.rendered(plans.ShownPlan([], [], "", _("Fill in the form to see what will be told.")))
    change = form.change(staff(request))
    schedule = partial(Booking.schedule, work_order=order, resource=time.resource, start=time.start, end=time.end)
    window = form.cleaned_data.get("window", BY_SERVICE)
    return plans.of_new(lambda draft: schedule(window=window, change=change, draft=draft))


def _booked(request: HttpRequest, booked: VisitMade) -> HttpResponse:
    order, booking = booked.work_order, booked.booking
    whom = {"contact": order.reported_by_id} if order.reported_by_id else {"account": order.account_id}
    again = f"{reverse('admin:new-visit')}?{urlencode(whom)}"
    if booking is None:
        said = _("Work order %(number)s waits to be planned.") % {"number": order.number}
    else:
        words = {
            "when": site_when(booking.start, booking.end, booking.zone_name),
            "name": booking.resource.name,
            "told": plans.when_it_goes(booking),
        }
        said = _("Booked: %(when)s, %(name)s. Message to the customer: %(told)s") % words
    link = format_html('<a href="{}">{}</a>', again, _("Another visit for the same customer"))
    messages.success(request, format_html("{} {}", said, link))
    return HttpResponseRedirect(change_url(booking or order))
