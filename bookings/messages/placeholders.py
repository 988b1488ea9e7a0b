"""What the company's own words about a visit may name, described for whoever writes them."""

from django.utils.translation import gettext_lazy as _

from notifications.customers.wording.common import COMMON, IN_TEXT, SERVICE_PART
from notifications.customers.wording.placeholders import Placeholder

WHEN = Placeholder("when", _("day and time of the visit, with its zone"), "Tue 24 Nov, 10:20 to 11:20 (London time)")
LINK = Placeholder("link", _("the link to the page of the visit"), "https://…/visit/…/", IN_TEXT)

#: What every message about a visit can name.
OF_VISIT: tuple[Placeholder, ...] = (
    *COMMON,
    WHEN,
    Placeholder(
        "technician", _("the technician's name if customers see it, otherwise “Your technician”"), "Omar Haddad"
    ),
    Placeholder("service", _("the type of service"), _("Boiler service")),
    Placeholder("reference", _("the number of the work order"), "WO-00042"),
    Placeholder("place", _("the address of the visit"), "12 Rose Lane, London"),
    LINK,
    SERVICE_PART,
)
OLD_WHEN = Placeholder("old_when", _("day and time that the customer was told before"), "Mon 23 Nov, 09:00 to 10:00")
ARRIVAL = Placeholder("arrival", _("when the technician is expected"), "10:20 to 10:40 (London time)")
LATE_ARRIVAL = Placeholder(
    "arrival", _("when the technician is expected now, or is to begin"), "10:20 to 10:40 (London time)"
)
COMPLETED = Placeholder("completed", _("day and time of completion"), "Tue 24 Nov, 11:05 (London time)")
SURVEY = Placeholder("survey", _("the survey link of the settings"), "https://survey.example/s/1", IN_TEXT)

#: When the built-in words go out all the same (MessageKind.built_in_when).
WHEN_NOBODY_COMES = _("If the technician has turned back and nobody comes, the built-in words go out.")
WHEN_UNFINISHED = _("If the work of a visit is not finished after all, the built-in words go out.")
