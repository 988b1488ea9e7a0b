"""The card for whoever uploaded a schedule file, about what came of it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.models import BookingImport
from bookings.staff_cards.kinds import IMPORTED
from bookings.staff_cards.texts import buttons
from fsportal.lib.text import one_line
from notifications.inapp import staff_cards
from notifications.models import IconType


def import_finished(done: BookingImport, summary: list[tuple[Any, int]]) -> None:
    if done.uploaded_by is None:
        return
    page = reverse("admin:bookings_bookingimport_change", args=[done.pk])

    def words() -> dict[str, Any]:
        return {
            "title": _("Imported: %(file)s") % {"file": one_line(done.file_name, 100)},
            "body": ", ".join(f"{count} {what}" for what, count in summary if count)[:500],
            "icon_type": IconType.SUCCESS,
            "actions": buttons((_("See the import"), page)),
        }

    staff_cards.tell(IMPORTED, [done.uploaded_by], done, words)
