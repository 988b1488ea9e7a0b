"""What the company's own words of the portal's messages may name, described for whoever writes them."""

from django.utils.translation import gettext_lazy as _

from notifications.customers.wording.common import COMMON
from notifications.customers.wording.placeholders import Placeholder

MINUTES = Placeholder("minutes", _("for how many minutes it works"), "10")

OF_INVITATION: tuple[Placeholder, ...] = (
    *COMMON,
    Placeholder("link", _("the link to the portal, with the code"), "https://…/redeem/…/", ("body",)),
    Placeholder("code", _("the code of the invitation"), "ABCD-EFGH-JKLM", ("body",)),
    Placeholder("until", _("until when the code can be used, if it expires"), "Thu 24 Dec, 10:00 (London time)"),
)
OF_PASSWORD_RESET: tuple[Placeholder, ...] = (
    *COMMON,
    Placeholder("username", _("the user name of the account"), "anna.ng"),
    Placeholder("link", _("the link to a new password"), "https://…/password/…/", ("body",)),
    MINUTES,
)
OF_ONE_TIME_CODE: tuple[Placeholder, ...] = (*COMMON, Placeholder("code", _("the code"), "123456"), MINUTES)
#: When the built-in words go out all the same (MessageKind.built_in_when).
WHEN_SEVERAL_ACCOUNTS = _("If several accounts have the address, the built-in words go out, with a link for each.")
