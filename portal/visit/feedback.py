"""Feedback: a customer rates a visit that is done, signed in or by link."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from bookings.models import Feedback
from bookings.self_service import verbs
from portal.visit.access import VisitAccess, at_visit
from portal.visit.page import VisitPage

RATINGS = [
    (5, pgettext_lazy("rating", "Very good")),
    (4, pgettext_lazy("rating", "Good")),
    (3, pgettext_lazy("rating", "All right")),
    (2, pgettext_lazy("rating", "Not good")),
    (1, pgettext_lazy("rating", "Poor")),
]


class Rating(forms.RadioSelect):
    """Radio buttons with stars, which screen readers skip, and words."""

    option_template_name = "portal/visit/rating_option.html"


class Lines(forms.CharField):
    """Text of several lines, whose breaks count as one character each, as they do in the browser."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class FeedbackForm(forms.Form):
    """A rating, and a comment."""

    rating = forms.TypedChoiceField(
        label=gettext_lazy("Your rating"),
        choices=RATINGS,
        coerce=int,
        widget=Rating,
        error_messages={
            "required": gettext_lazy("Choose how your visit was."),
            "invalid_choice": gettext_lazy("Choose one of these."),
        },
    )
    comment = Lines(
        label=gettext_lazy("What should we know?"),
        help_text=gettext_lazy("At most 1,000 characters."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": ""}
        self.helper.add_input(Submit("", _("Send")))


@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def give(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Ask how it was and keep the answer. After that, thank the customer, however often they send the form."""
    page = VisitPage(access)
    if page.feedback:
        return redirect(request.path) if request.method == "POST" else _thanks(request, page)
    if not Feedback.is_open(access.booking, access.now):
        return _not_now(request, page)
    if page.survey and request.method != "POST":
        return redirect(page.survey)
    form = FeedbackForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        verbs.rate(access.booking, access.contact, form.cleaned_data["rating"], form.cleaned_data["comment"])
        return redirect(request.path)
    return render(request, "portal/visit/feedback.html", {"visit": page, "form": form})


def _thanks(request: HttpRequest, page: VisitPage) -> HttpResponseBase:
    assert page.feedback
    said = dict(RATINGS)[page.feedback.rating]
    return render(request, "portal/visit/feedback_thanks.html", {"visit": page, "said": said})


def _not_now(request: HttpRequest, page: VisitPage) -> HttpResponseBase:
    if page.is_completed:
        messages.info(request, _("This visit was a while ago. If something is not right, please ask us."))
    elif not page.is_canceled:
        messages.info(request, _("You can tell us how it was once the visit is done."))
    return redirect(page.access.to["page"])
