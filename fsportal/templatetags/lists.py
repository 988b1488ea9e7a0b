"""Tags of lists in the Settings area."""

from typing import Any

from django import template
from django.contrib.admin.utils import label_for_field
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from fsportal.settings_area.list_views.export import BOX, MOST_IN_WORKBOOK, words_of_html
from fsportal.settings_area.list_views.saved import STANDARD, VIEW, ListViews

register = template.Library()

#: So many characters fit any column: they are never cut.
SHORT = 18
#: What stands for nothing. On a phone, where there are no columns to keep in line, it is left out.
NOTHING = ("–", "-")
#: Django's signs for yes and no are named in Python's words.
SIGNS = {"True": gettext_lazy("Yes"), "False": gettext_lazy("No")}


@register.filter
def labelled(cells: list[str], headers: list[dict[str, Any]]) -> list[SafeString]:
    """Return the cells of a row with the heading of their column: on a phone a row is a block without headings.

    As such a table is none any more for some browsers, the roles say it.
    """
    for header in headers:
        # For 400 cells as little as can be is done more than once.
        header.setdefault("label", escape(capfirst(str(header["text"]))))
    return [_labelled(str(cell), header["label"]) for cell, header in zip(cells, headers, strict=False)]


def _labelled(cell: str, label: str) -> SafeString:
    tag, _bracket, content = cell.partition(">")
    role = "rowheader" if tag.startswith("<th") else "cell"
    if "action-checkbox" in tag:
        return mark_safe(f'{tag} role="{role}">{content}')  # noqa: S308 - what Django made is safe already
    content, end = content[:-5], content[-5:]
    if ' alt="' in content:
        for told, words in SIGNS.items():
            content = content.replace(f' alt="{told}">', f' alt="{escape(words)}">')
    # A row is one line high on a wide screen; what does not fit is read by pointing at it.
    said = words_of_html(content)
    none = " data-none" if said in NOTHING else ""
    kept = f'title="{escape(said)}"' if len(said) > SHORT else 'data-short=""'
    return mark_safe(  # noqa: S308 - what Django made is safe already
        f'{tag} role="{role}" data-label="{label}"{none}><div class="list-cell" {kept}>{content}</div>{end}'
    )


@register.simple_tag(takes_context=True)
def list_setup(context: dict[str, Any], changelist: Any) -> dict[str, Any]:
    """Return what the menus of columns and views show of a list."""
    model_admin, request = changelist.model_admin, context["request"]
    usual = model_admin.usual_columns(request)
    shown = [name for name in changelist.list_display if name != BOX]
    views = ListViews.of(request, changelist.model)
    return {
        "columns": [
            {
                "name": name,
                "label": capfirst(str(label_for_field(name, changelist.model, model_admin=model_admin))),
                "is_shown": name in shown,
                "is_fixed": name == usual[0],
            }
            for name in model_admin.offered_columns(request)
        ],
        "shown": shown,
        "tabs": views.tabs(),
        "current": views.current,
        "has_changed": views.has_changed(shown, usual),
        "standard": f"?{VIEW}={STANDARD}",
        "query": changelist.get_query_string(),
        "most_in_workbook": MOST_IN_WORKBOOK,
    }
