"""Settings > Customer Portal > Invited addresses: where the automatic invite has gone and will not go again."""

from django.contrib import admin
from django.db.models.functions import Lower
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact
from fsportal.settings_area.parts import ReadOnlyAdmin, company_moment, list_link
from portal.models import InvitedAddress


@admin.register(InvitedAddress)
class InvitedAddressAdmin(ReadOnlyAdmin):
    """Why an address gets no automatic invite: it had one. Staff can still invite anybody by hand."""

    list_display = ["email", "invited", "contacts"]
    list_display_links = None
    search_fields = ["email"]
    search_help_text = gettext_lazy("Email address")
    date_hierarchy = "invited_at"

    @admin.display(description=gettext_lazy("invited"), ordering="invited_at")
    def invited(self, record: InvitedAddress) -> str:
        return company_moment(record.invited_at)

    @admin.display(description=gettext_lazy("contacts"))
    def contacts(self, record: InvitedAddress) -> SafeString:
        return list_link("fsportal.Contact", _("See contacts"), q=record.email)


def was_invited(contact: Contact) -> InvitedAddress | None:
    """Return the record of the automatic invite to this contact's address, whichever contact it went to."""
    # Lowered by the database, because the sweep goes by its idea of lower case.
    lower = Contact.objects.filter(pk=contact.pk).values(address=Lower("email"))
    return InvitedAddress.objects.filter(email__in=lower).first()
