"""Settings > Customer Portal > Invited addresses: whom the automatic invite has reached, and so reaches no more."""

from django.contrib import admin
from django.db.models.functions import Lower
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact
from fsportal.settings_area.parts import ReadOnlyAdmin, list_link, utc_moment
from portal.models import InvitedAddress


@admin.register(InvitedAddress)
class InvitedAddressAdmin(ReadOnlyAdmin):
    """Why an address got no automatic invite: it had one. By hand anybody can be invited at any time."""

    list_display = ["email", "invited", "contacts"]
    list_display_links = None
    search_fields = ["email"]
    search_help_text = gettext_lazy("Email address")
    date_hierarchy = "invited_at"
    show_full_result_count = False

    @admin.display(description=gettext_lazy("invited"), ordering="invited_at")
    def invited(self, record: InvitedAddress) -> str:
        """Return when the automatic invite went to it."""
        return utc_moment(record.invited_at)

    @admin.display(description=gettext_lazy("contacts"))
    def contacts(self, record: InvitedAddress) -> SafeString:
        """Return a link to the contacts that have this address now."""
        return list_link("fsportal.Contact", _("See contacts"), q=record.email)


def was_invited(contact: Contact) -> InvitedAddress | None:
    """Return the trace of the automatic invite to this contact's address, whichever contact it went to."""
    # Lower in the database, whose idea of lower case the sweep follows.
    lower = Contact.objects.filter(pk=contact.pk).values(address=Lower("email"))
    return InvitedAddress.objects.filter(email__in=lower).first()
