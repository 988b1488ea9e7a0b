"""Moving a visit: why, and the revision of the visit that the customer saw."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms.words import PlainText


class MoveForm(forms.Form):
    """What goes with the new time."""

    why = PlainText(label=_("Why do you need another time?"), required=False, max_length=300, rows=2)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    time = forms.CharField(widget=forms.HiddenInput)
