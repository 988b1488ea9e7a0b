"""Forms of the style guide: one as it comes, and one that was refused."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import helpers, widgets
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.datastructures import MultiValueDict

from bookings.admin.forms import WallTimeInput
from fsportal.settings_area.form_errors import Wrong

CHANNELS = [("email", "Email"), ("sms", "Text message"), ("both", "Both")]
SKILLS = [("gas", "Gas"), ("heat", "Heat pumps"), ("water", "Water")]


class EveryField(forms.Form):
    """A field of each kind that forms of the Settings area have."""

    name = forms.CharField(widget=widgets.AdminTextInputWidget, help_text="As customers read it.")
    email = forms.EmailField(widget=widgets.AdminEmailInputWidget, required=False)
    visits = forms.IntegerField(widget=widgets.AdminIntegerFieldWidget, min_value=0, label="Visits a day")
    channel = forms.ChoiceField(choices=CHANNELS, label="Messages go by")
    active = forms.BooleanField(required=False, label="Active")
    first_day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    begins = forms.DateTimeField(widget=WallTimeInput)
    locked = forms.CharField(widget=widgets.AdminTextInputWidget, disabled=True, required=False, label="Not to change")
    notes = forms.CharField(widget=widgets.AdminTextareaWidget, required=False)
    priority = forms.ChoiceField(choices=CHANNELS, widget=widgets.AdminRadioSelect, label="One of few")
    skills = forms.MultipleChoiceField(choices=SKILLS, widget=forms.CheckboxSelectMultiple, label="Several of few")
    file = forms.FileField(required=False)

    sections: ClassVar[Any] = [
        (None, {"fields": ["name", ("email", "visits"), "channel", "active"]}),
        (
            "Times",
            {"fields": ["first_day", "begins", "locked"], "description": "A section has a heading and may explain."},
        ),
        ("Rarely needed", {"fields": ["notes", "priority", "skills", "file"], "classes": ["collapse"]}),
    ]


@dataclass(frozen=True)
class SampleForm:
    """A form in its sections, with the summary of what is wrong."""

    sections: helpers.AdminForm
    error_summary: list[Wrong]


def plain() -> SampleForm:
    given = {"name": "Smith & Sons", "channel": "both", "active": True, "locked": "WO-1007", "skills": ["gas"]}
    return SampleForm(_in_sections(EveryField(initial=given, prefix="plain")), [])


def wrong() -> SampleForm:
    typed = {"wrong-email": "nobody", "wrong-visits": "-1", "wrong-begins": "tomorrow", "wrong-channel": "both"}
    files: MultiValueDict[str, UploadedFile] = MultiValueDict({"wrong-file": [SimpleUploadedFile("empty.csv", b"")]})
    form = EveryField(typed, files, prefix="wrong")
    errors = [
        Wrong(str(form[name].label), str(said), form[name].id_for_label or f"{form[name].auto_id}_0")
        for name, found in form.errors.items()
        for said in found
    ]
    return SampleForm(_in_sections(form), errors)


def _in_sections(form: EveryField) -> helpers.AdminForm:
    # A form of the Settings area is one of a model; sections need nothing of that.
    return helpers.AdminForm(form, form.sections, {})  # type: ignore[arg-type]
