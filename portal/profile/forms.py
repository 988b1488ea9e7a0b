"""The forms of a customer's profile: who they are, which messages they want, and another email address."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fsportal.lib import phones, zones
from fsportal.lib.text import validate_no_control
from fsportal.models import Contact, MessageChoice
from fsportal.models.consent import Channel
from notifications.customers.kinds import MessageKind


def _helper(button: str) -> FormHelper:
    helper = FormHelper()
    helper.attrs = {"novalidate": "novalidate"}  # our own error messages are beside the field
    helper.add_input(Submit("", button))
    return helper


class ProfileDetailsForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        validators=[validate_no_control],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write your name.")},
    )
    mobile_phone = forms.CharField(
        label=gettext_lazy("Mobile phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "dir": "ltr"}),
        help_text=gettext_lazy("As you would dial it, or with the calling code of its country (+44…)."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=lambda: settings.LANGUAGES,
        help_text=gettext_lazy("For these pages and for our messages."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Your own time zone"),
        required=False,
        help_text=gettext_lazy(
            "The time of a visit is always the time where the visit is. If you are elsewhere, yours is shown beside it."
        ),
    )

    def __init__(self, contact: Contact, *args: Any, **kwargs: Any) -> None:
        initial = {
            "name": contact.name,
            "mobile_phone": phones.display(contact.mobile_phone),
            "language": zones.supported_language(contact.language),
            "time_zone": contact.time_zone,
        }
        super().__init__(*args, **kwargs | {"initial": initial})
        self.contact = contact
        self.fields["time_zone"].choices = self._zone_choices()  # type: ignore[attr-defined]  # it is a ChoiceField
        self.helper = _helper(_("Save details"))

    def _zone_choices(self) -> list[Any]:
        language = get_language() or "en"
        regions = zones.places(language)
        known = {name for _region, rows in regions for name, _city in rows}
        own = self.contact.time_zone
        # A zone under an older name, such as US/Eastern, stays as it is.
        kept = [(own, own)] if own and own not in known else []
        return [("", _("The same as the visit's")), *kept, *regions]

    def clean_mobile_phone(self) -> str:
        """Return the number as E.164; a number that was not edited stays as it is stored."""
        typed: str = self.cleaned_data["mobile_phone"]
        if not typed or typed == self.initial["mobile_phone"]:
            return self.contact.mobile_phone if typed else ""
        try:
            return phones.to_e164_of_person(typed, self.contact.account.country)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_language(self) -> str:
        """Return the language; a finer tag of the same one (de-AT) is kept."""
        chosen: str = self.cleaned_data["language"]
        return self.contact.language if chosen == self.initial["language"] else chosen


@dataclass(frozen=True)
class ChoiceCell:
    """One message on one channel: its checkbox, and the name by which what was shown comes back."""

    box: BoundField
    name: str


@dataclass(frozen=True)
class ChoiceRow:
    event: str
    label: str
    words: str
    cells: list[ChoiceCell]


class ChoicesForm(forms.Form):
    """Which messages a contact wants on which channel: one checkbox each."""

    def __init__(
        self, contact: Contact, kinds: list[MessageKind], channels: list[str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._kinds, self._channels = kinds, channels
        unwanted = set(MessageChoice.objects.filter(contact=contact, is_wanted=False).values_list("event", "channel"))
        for kind in kinds:
            for channel in channels:
                words = {"message": _name(kind), "channel": Channel(channel).label}
                # The table's heads say it to the eye; screen readers say it with the box.
                box = forms.CheckboxInput(attrs={"aria-label": _("%(message)s, %(channel)s") % words})
                self.fields[_field(kind.event, channel)] = forms.BooleanField(
                    required=False, widget=box, initial=(kind.event, channel) not in unwanted
                )

    @property
    def rows(self) -> Iterator[ChoiceRow]:
        for kind in self._kinds:
            names = [_field(kind.event, channel) for channel in self._channels]
            yield ChoiceRow(
                kind.event,
                _name(kind),
                str(kind.customer_description),
                [ChoiceCell(self[name], name) for name in names],
            )

    def wanted(self) -> dict[tuple[str, str], bool]:
        """Return the choice for what was shown; a message that was added since is not taken for unwanted."""
        shown = set(self.data.getlist("shown"))  # type: ignore[attr-defined]  # a QueryDict, as a browser posts it
        return {
            (kind.event, channel): self.cleaned_data[name]
            for kind in self._kinds
            for channel in self._channels
            if (name := _field(kind.event, channel)) in shown
        }


def _field(event: str, channel: str) -> str:
    return f"{event}-{channel}"


def _name(kind: MessageKind) -> str:
    return str(kind.customer_label or kind.label)


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("New email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        help_text=gettext_lazy("We send a code to it, to see that it is yours."),
        error_messages={
            "required": gettext_lazy("Write the new address."),
            "invalid": gettext_lazy("Write an email address such as name@example.com."),
        },
    )

    def __init__(self, contact: Contact, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact = contact
        self.helper = _helper(_("Send me a code"))

    def clean_email(self) -> str:
        """Refuse the address that the contact has already."""
        email: str = self.cleaned_data["email"]
        if email == self.contact.email:
            raise forms.ValidationError(_("This is your address already."))
        return email


class EmailCodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr"}),
        error_messages={"required": gettext_lazy("Write the six digits.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _helper(_("Change my address"))
