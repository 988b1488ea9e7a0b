"""The form in which words are written."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib.phones import to_e164
from notifications.admin.message_words.edited import EditedTemplate
from notifications.customers.wording.checking import cleaned
from notifications.models import TemplateVersion
from notifications.models.message_template import FIELDS

LABELS = {
    "subject": gettext_lazy("Subject"),
    "body": gettext_lazy("Text"),
    "button": gettext_lazy("Words on the button"),
    "sms": gettext_lazy("Text message"),
}
HINTS = {
    "subject": gettext_lazy("One line, as the mail program lists it."),
    "body": gettext_lazy("An empty line begins a paragraph. The greeting and the facts are added by themselves."),
    "button": gettext_lazy("Where it leads stays as it is."),
    "one_line": gettext_lazy("Goes out as one line."),
    "sms": gettext_lazy("Goes out as one line. Write [link] where the link is to stand."),
}
ROWS = {"body": 10, "sms": 4}


class WordsForm(forms.Form):
    """The words of one template. `based_on` is the version that the writer saw, empty for the built-in words.

    Besides the words it holds what they are looked at with: an example, what to search examples for, and the number
    that a test goes to.
    """

    based_on = forms.UUIDField(widget=forms.HiddenInput, required=False)
    example = forms.CharField(label=gettext_lazy("Looked at with"), required=False, max_length=60)
    q = forms.CharField(label=gettext_lazy("Find another"), required=False, max_length=100)
    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, edited: EditedTemplate, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=None if data is not None else _initial(edited))
        self.edited = edited
        for name in edited.fields:
            self.fields[name] = self._words_field(name)

    def _words_field(self, name: str) -> forms.CharField:
        attributes = {"dir": self.edited.direction, "lang": self.edited.language, "data-words": name}
        widget: forms.Widget = forms.TextInput(attrs=attributes)
        if name in ROWS:
            widget = forms.Textarea(attrs=attributes | {"rows": ROWS[name]})
        # Without a limit: the check says what is too long, and nothing is cut while somebody types.
        hint = HINTS["one_line" if name == "sms" and "button" not in self.edited.fields else name]
        return forms.CharField(label=LABELS[name], help_text=hint, required=False, widget=widget)

    @property
    def search(self) -> str:
        """Return what examples are searched for."""
        return str(self["q"].value() or "").strip()

    def examples(self) -> list[tuple[str, str]]:
        """Return what the words can be looked at with, by key and name."""
        return self.edited.kind.examples(self.search, timezone.now())

    def typed(self) -> dict[str, str]:
        """Return the words as they stand in the form, whether or not they can be saved."""
        return {name: cleaned(name, str(self[name].value() or "")) if name in self.fields else "" for name in FIELDS}

    def version(self) -> TemplateVersion:
        """Return the words as a version that is not saved."""
        current = self.edited.current
        return TemplateVersion(number=(current.number if current else 0) + 1, **self.typed())

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        if not typed:
            return ""
        try:
            return to_e164(typed, "")
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def seen(self) -> uuid.UUID | None:
        """Return the version that the writer saw."""
        return self.cleaned_data.get("based_on")


def _initial(edited: EditedTemplate) -> dict[str, Any]:
    current = edited.current
    words = current.words if current else {}
    return {"based_on": current.pk if current else "", **words}


def changed_meanwhile(current: TemplateVersion | None) -> str:
    if current is None:
        return _("Meanwhile somebody went back to the built-in words. Yours are still here: save again to use them.")
    who = str(current.author) if current.author else _("somebody")
    words = _("Meanwhile %(who)s saved version %(number)d. Your words are still here: save again to use them instead.")
    return words % {"who": who, "number": current.number}
