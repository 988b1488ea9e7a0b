"""The panel beside the board: one visit's facts, whom to call, and what can be done."""

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation

from bookings.admin import plans
from bookings.admin.board import moves
from bookings.admin.board.page import MAY_SEE
from bookings.admin.timeline import STATUS_TONES
from bookings.availability.conflicts import Proposal, conflicts
from bookings.messages import queue
from bookings.models import Booking, BookingStatus
from bookings.models.status import FINAL
from bookings.plan import plan
from fsportal.lib import zones
from fsportal.models import PortalSettings
from fsportal.settings_area.parts import change_url, site_when


def _language() -> str:
    return zones.supported_language(translation.get_language() or "en")


def _asked(key: str) -> Booking | None:
    try:
        return moves.visits().filter(pk=uuid.UUID(key)).first()
    except ValueError:
        return None


def panel(request: HttpRequest, _context: dict[str, Any]) -> HttpResponse:
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    booking = _asked(request.GET.get("visit", ""))
    if booking is None:
        raise Http404
    order = booking.work_order
    against = (
        []
        if booking.status in FINAL
        else conflicts(Proposal(booking.resource, order, booking.start, booking.end, booking))
    )
    details = {
        "booking": booking,
        "when": site_when(booking.start, booking.end, booking.zone_name),
        "told_window": window.words(booking.zone_name, _language()) if (window := booking.window) else "",
        "tone": STATUS_TONES[BookingStatus(booking.status)],
        "url": change_url(booking),
        "contact": queue.recipient(order, PortalSettings.load()),
        "wishes": booking.customer_notes.waiting(),
        "conflicts": against,
        "sentences": plans.as_sentences(plan(booking, timezone.now()), timezone.now()),
        "buttons": admin.site.get_model_admin(Booking).buttons(request, booking),  # type: ignore[attr-defined]
        "original": booking,
    }
    return TemplateResponse(request, "admin/includes/board_panel.html", details)
