"""A visit's box as HTML, and a cell of the week: a page has 500 of them, for which a template takes half of its time.

Only what people wrote is escaped: to look at the rest as well takes longer.
"""

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from bookings.admin.board.visits import BoardVisit
from bookings.admin.board.week import WeekCell
from fsportal.settings_area.parts import ATTENTION, FAILED


def box(visit: BoardVisit, *, is_drawn: bool, may_move: bool, back: str) -> SafeString:
    """Return the item of a list, drawn on a time line or in short. `back` is the query of the page to come back to."""
    return mark_safe(  # noqa: S308  (every part is escaped)
        _opening(visit, is_drawn=is_drawn)
        + (_drawn(visit) if is_drawn else _short(visit))
        + "</a>"
        + (_move_link(visit, back) if may_move and visit.may else "")
        + "</li>"
    )


def _opening(visit: BoardVisit, *, is_drawn: bool) -> str:
    classes = [f"tone-{visit.tone}"]
    if is_drawn:
        classes += ["board-span", f"row-{visit.row}", visit.place.classes]
    if visit.is_over:
        classes.append("board-over")
    if visit.is_late or visit.conflicts:
        classes.append("board-wrong")
    booking = visit.booking
    return (
        f'<li class="board-visit {" ".join(classes)}" data-visit="{booking.pk}" data-revision="{booking.revision}"'
        f' data-from="{visit.place.begins}" data-to="{visit.place.ends}" data-may="{visit.may}"'
        f' data-name="{escape(visit.customer)}"><a class="board-what" href="{escape(visit.url)}"'
        f' title="{escape(visit.sentence)}" draggable="false">'
    )


def _drawn(visit: BoardVisit) -> str:
    own = f'<span class="board-own">{escape(visit.own_clock)}</span> ' if visit.own_clock else ""
    town = f", <bdi>{escape(visit.town)}</bdi>" if visit.town else ""
    return (
        f'<span class="board-time">{visit.clock}'
        f'<span class="board-until"> {visit.reader.to} {visit.until}</span></span>'
        f" {own}<b><bdi>{escape(visit.customer)}</bdi></b>"
        f' <span class="board-service">{escape(visit.service)}{town}</span>'
        f' <span class="board-marks">{_marks(visit)}</span>'
    )


def _short(visit: BoardVisit) -> str:
    customer = escape(visit.customer)
    return f'<span class="board-time">{visit.clock}</span>{_warnings(visit)} <b><bdi>{customer}</bdi></b>'


def _marks(visit: BoardVisit) -> str:
    told = ""
    if visit.told_word:
        told = f" {_mark(visit.told_word, visit.told_tone)}"
    calm = " board-calm" if told else ""
    return f'{_warnings(visit)}<span class="state{calm}">{visit.status}</span>{told}'


def _warnings(visit: BoardVisit) -> str:
    if not (visit.is_late or visit.wishes or visit.conflicts):
        return ""
    marks = [
        *([_mark(visit.reader.late, FAILED)] if visit.is_late else []),
        *(_mark(str(wish.get_wish_display()), ATTENTION) for wish in visit.wishes),
        *([_mark(visit.reader.conflict, FAILED)] if visit.conflicts else []),
    ]
    return "".join(f" {one}" for one in marks)


def _mark(word: str, tone: str) -> str:
    return f'<span class="board-mark tone-{tone}">{word}</span>'


def _move_link(visit: BoardVisit, back: str) -> str:
    words = f'{visit.reader.move_word}<span class="visually-hidden"> {visit.clock} {escape(visit.customer)}</span>'
    return f'<a class="board-move" href="{visit.move_url}&amp;{escape(back)}">{words}</a>'


def week_cell(cell: WeekCell, *, may_move: bool, back: str) -> str:
    """Return a technician's day in the week."""
    day = cell.day.isoformat()
    away = "".join(f'<span class="board-away-word">{escape(one.words)}</span>' for one in cell.away)
    visits = "".join(box(one, is_drawn=False, may_move=may_move, back=back) for one in cell.visits)
    shown = f'<ol class="board-visits">{visits}</ol>' if visits else ""
    free = "" if cell.works else " board-free"
    return f'<td class="board-cell{free}" data-day="{day}">{away}{shown}{_rest(cell.rest, day)}</td>'


def _rest(number: int, day: str) -> str:
    if not number:
        return ""
    words = ngettext("and %(rest)s more", "and %(rest)s more", number) % {"rest": number}
    return f'<a class="board-rest" href="{reverse("admin:board")}?day={day}">{escape(words)}</a>'
