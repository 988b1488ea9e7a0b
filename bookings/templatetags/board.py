"""The visits of the schedule board in its templates."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from bookings.admin.board.boxes import box, week_cell
from bookings.admin.board.visits import BoardVisit
from bookings.admin.board.week import WeekCell

register = template.Library()


@register.simple_tag(takes_context=True)
def boxes(context: dict[str, Any], visits: Sequence[BoardVisit], *, is_drawn: bool) -> SafeString:
    """Return the items of a list."""
    may_move, back = bool(context.get("may_move")), str(context["query"].text)
    return mark_safe("".join(box(one, is_drawn=is_drawn, may_move=may_move, back=back) for one in visits))  # noqa: S308


@register.simple_tag(takes_context=True)
def week_cells(context: dict[str, Any], cells: Sequence[WeekCell]) -> SafeString:
    """Return the cells of a technician's week."""
    may_move, back = bool(context.get("may_move")), str(context["query"].text)
    # Cells escape what people wrote.
    return mark_safe("".join(week_cell(one, may_move=may_move, back=back) for one in cells))  # noqa: S308
