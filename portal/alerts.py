"""What staff are told of the portal by themselves: that somebody came in by their invitation."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib.text import one_line
from notifications.inapp import product
from notifications.inapp.product import ProductKind
from notifications.models import IconType
from portal.models import Redemption

REDEEMED = "invitation_redeemed"
NAME_LENGTH = 60


def register_kinds() -> None:
    """Make the kind known; called once when the app is ready."""
    says = gettext_lazy("Somebody came in by an invitation of yours.")
    product.register(ProductKind(REDEEMED, gettext_lazy("Your invitation was redeemed"), says))


def redeemed(redemption: Redemption) -> None:
    """Tell the inviter who came in; many who come in by one invitation are one card, with their number.

    Called inside the transaction of the redemption. The words are in the installation's language, as staff have none.
    """
    invitation, contact = redemption.invitation, redemption.contact
    if invitation.inviter is None or contact is None:
        return
    invitation.refresh_from_db(fields=["redeemed_count"])  # the seat was taken in the database
    with translation.override(settings.LANGUAGE_CODE):
        product.tell(
            REDEEMED,
            [invitation.inviter],
            invitation,
            title=_("%(name)s redeemed your invitation") % {"name": one_line(contact.name, NAME_LENGTH)},
            body=_("%(account)s. Redeemed %(count)d of %(most)d times.")
            % {
                "account": one_line(invitation.account.name, NAME_LENGTH),
                "count": invitation.redeemed_count,
                "most": invitation.max_redemptions,
            },
            icon_type=IconType.SUCCESS,
            actions={"actions": [{"title": _("See the contact"), "data": {"url": _contact(redemption)}}]},
        )


def _contact(redemption: Redemption) -> str:
    return f"?pagetype=entityrecord&etn=contact&id={redemption.contact_id}"
