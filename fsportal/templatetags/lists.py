"""Tags of lists in the Settings area."""

from typing import Any

from django import template
from django.contrib.admin.utils import label_for_field
from django.utils.html import format_html
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
    return [_labelled(str(cell), header) for cell, header in zip(cells, headers, strict=False)]


def _labelled(cell: str, header: dict[str, Any]) -> SafeString:
    tag, _bracket, content = cell.partition(">")
    role = "rowheader" if tag.startswith("<th") else "cell"
    if "action-checkbox" in tag:
        return mark_safe(f'{tag} role="{role}">{content}')  # noqa: S308 - what Django made is safe already
    more = format_html(' role="{}" data-label="{}"', role, capfirst(str(header["text"])))
    content, end = content[:-5], content[-5:]
    for told, words in SIGNS.items():
        content = content.replace(f' alt="{told}">', format_html(' alt="{}">', words))
    # A row is one line high on a wide screen; what does not fit is read by pointing at it.
    said = words_of_html(content)
    if said in NOTHING:
        more += mark_safe(" data-none")
    kept = format_html(' title="{}"', said) if len(said) > SHORT else mark_safe(' data-short=""')
    return mark_safe(f'{tag}{more}><div class="list-cell"{kept}>{content}</div>{end}')  # noqa: S308


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
