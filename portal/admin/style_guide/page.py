"""The page of the style guide.

It is for those who build and judge the Settings area: in English only, in no menu, and for whoever may change the
settings, as a page of made-up records would mislead everybody else.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from fsportal.settings_area.parts import staff
from portal.admin.settings_pages.subjects import SUBJECTS
from portal.admin.style_guide import forms, samples

#: Whoever sets the house up.
MAY_SEE = "fsportal.change_portalsettings"


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show every component. Its buttons lead back here and do nothing."""
    return permission_required(MAY_SEE, raise_exception=True)(_page)(request, context)


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if request.method == "POST":
        messages.info(request, "This is the style guide: its buttons do nothing.")
    for level, words in samples.MESSAGES:
        messages.add_message(request, level, words)
    own = {
        "title": "Style guide",
        "dots": samples.dots(),
        "tones": samples.TONES,
        "action_sets": samples.action_sets(),
        "fact_rows": samples.FACTS,
        "key_facts": samples.key_facts(),
        "related": samples.related(),
        "entries": samples.entries(),
        "bubbles": samples.bubbles(),
        "plan": samples.message_plan(),
        "list_bars": samples.filter_bars(),
        "tab_sets": samples.tab_sets(),
        "cl": samples.changelist(),
        "setup": samples.list_setup(),
        "result_headers": samples.HEADERS,
        "results": samples.list_rows(),
        "charts": samples.charts(),
        "checklist": samples.checklist(),
        "cards": samples.cards(staff(request), timezone.now()),
        "plain_form": forms.plain(),
        "wrong_form": forms.wrong(),
        "previews": [subject for subject in SUBJECTS if subject.looks],
    }
    return TemplateResponse(request, "admin/style_guide.html", context | own)
