"""Forms about invitations and web roles."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Account, Contact, PortalSettings
from fsportal.settings_area.actions import ActionForm
from fsportal.settings_area.autocomplete import RecordField, RecordSelect, let_texts_be_found
from fsportal.settings_area.fields import LastDayField
from fsportal.settings_area.parts import AnyModelForm
from portal.models import WEB_API_USERS, Invitation, InvitationType, WebRole

#: An error names this many contacts at most.
NAMED = 3


class ExtendInvitationForm(ActionForm):
    until = LastDayField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: it does not expire.")
    )


class WhyForm(ActionForm):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=500)


class InvitationForm(AnyModelForm):
    type: str
    #: That of the person who fills it in, who finds what they may see.
    request: HttpRequest | None = None
    #: The web roles to choose from.
    offers: "QuerySet[WebRole]" = WebRole.objects.all()
    until = LastDayField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: it does not expire.")
    )
    web_roles = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Web roles given on redemption"),
        queryset=WebRole.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = ("web_roles",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.type = self.type
        if self.request is not None:
            let_texts_be_found(self, self.request)
        roles: Any = self.fields["web_roles"]
        roles.queryset = self.offers.all()
        roles.initial = self.offers.filter(name=WEB_API_USERS)
        ends = PortalSettings.load().invitation_ends(timezone.now())
        self.fields["until"].initial = timezone.localdate(ends) if ends else None


class SingleForm(InvitationForm):
    type = InvitationType.SINGLE
    contact = RecordField(
        label=gettext_lazy("Contact"),
        queryset=Contact.objects.select_related("account"),
        widget=RecordSelect(Invitation._meta.get_field("contacts"), admin.site),
        help_text=gettext_lazy("Who redeems it signs in as this contact."),
    )

    class Meta(InvitationForm.Meta):
        fields = ("web_roles",)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if contact := data.get("contact"):
            self.instance.account = contact.account
            data["contacts"] = [contact]
        return data


class GroupForm(InvitationForm):
    type = InvitationType.GROUP
    account = RecordField(
        label=gettext_lazy("Account"),
        queryset=Account.objects.all(),
        widget=RecordSelect(Invitation._meta.get_field("account"), admin.site),
        help_text=gettext_lazy("Who redeems it becomes a contact of this account."),
    )
    max_redemptions = forms.IntegerField(
        label=gettext_lazy("Maximum redemptions"), min_value=1, max_value=10_000, initial=10
    )
    contacts = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Invited contacts"),
        queryset=Contact.objects.all(),
        widget=AutocompleteSelectMultiple(Invitation._meta.get_field("contacts"), admin.site),
        required=False,
        help_text=gettext_lazy("They get the code by email when you send it. You may also hand it out yourself."),
    )

    class Meta(InvitationForm.Meta):
        fields = ("account", "max_redemptions", "contacts", "web_roles")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        account, contacts, most = data.get("account"), data.get("contacts") or (), data.get("max_redemptions")
        others = [contact for contact in contacts if account and contact.account_id != account.pk]
        if others:
            names = ", ".join(str(one) for one in others[:NAMED]) + (" …" if len(others) > NAMED else "")
            words = {"account": account, "names": names}
            self.add_error("contacts", _("Choose contacts of %(account)s only. Of others: %(names)s.") % words)
        if most is not None and len(contacts) > most:
            self.add_error(
                "max_redemptions",
                _("You invite %(number)d contacts by name; let at least as many redeem it.")
                % {"number": len(contacts)},
            )
        return data


class AddRoleForm(forms.Form):
    role = forms.ModelChoiceField(
        label=gettext_lazy("Web role"),
        queryset=WebRole.objects.none(),
        error_messages={"required": gettext_lazy("Choose a web role.")},
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = WebRole.objects.exclude(contacts=contact)  # type: ignore[attr-defined]


class AddContactsForm(forms.Form):
    contacts = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Contacts"),
        queryset=Contact.objects.all(),
        widget=AutocompleteSelectMultiple(WebRole._meta.get_field("contacts"), admin.site),
        error_messages={"required": gettext_lazy("Choose at least one contact.")},
    )
