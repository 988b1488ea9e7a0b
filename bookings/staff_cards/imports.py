"""The card for whoever uploaded a schedule file, about what came of it."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import BookingImport
from bookings.staff_cards.kinds import IMPORTED
from bookings.staff_cards.texts import buttons
from fsportal.lib.text import one_line
from notifications.inapp import staff_cards
from notifications.models import IconType


def import_finished(done: BookingImport, summary: list[tuple[str, int]]) -> None:
    if done.uploaded_by is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        counted = ", ".join(f"{count} {words}" for words, count in summary if count)
        page = reverse("admin:bookings_bookingimport_change", args=[done.pk])
        staff_cards.tell(
            IMPORTED,
            [done.uploaded_by],
            done,
            title=_("Imported: %(file)s") % {"file": one_line(done.file_name, 100)},
            body=counted[:500],
            icon_type=IconType.SUCCESS,
            actions=buttons((_("See the import"), page)),
        )
