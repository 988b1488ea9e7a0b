"""A visit's box as HTML. A page has 500 of them, which a template would take half of its time for."""

from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from bookings.admin.board.visits import BoardVisit
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
    """Return the beginning of the item. Only what people wrote is escaped: to look at the rest as well takes longer."""
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


def _drawn(visit: BoardVisit) -> SafeString:
    own = format_html('<span class="board-own">{}</span> ', visit.own_clock) if visit.own_clock else ""
    town = format_html(", <bdi>{}</bdi>", visit.town) if visit.town else ""
    return format_html(
        '<span class="board-time">{}<span class="board-until"> {} {}</span></span> {}<b><bdi>{}</bdi></b>'
        ' <span class="board-service">{}{}</span> <span class="board-marks">{}</span>',
        visit.clock,
        visit.reader.to,
        visit.until,
        own,
        visit.customer,
        visit.service,
        town,
        _marks(visit),
    )


def _short(visit: BoardVisit) -> SafeString:
    return format_html(
        '<span class="board-time">{}</span>{} <b><bdi>{}</bdi></b>', visit.clock, _warnings(visit), visit.customer
    )


def _marks(visit: BoardVisit) -> SafeString:
    told = ""
    if visit.told_word:
        told = f" {_mark(visit.told_word, visit.told_tone)}"
    calm = " board-calm" if told else ""
    return mark_safe(  # noqa: S308  (every part is escaped)
        f'{_warnings(visit)}<span class="state{calm}">{conditional_escape(visit.status)}</span>{told}'
    )


def _warnings(visit: BoardVisit) -> SafeString:
    if not (visit.is_late or visit.wishes or visit.conflicts):
        return SafeString()
    marks = [
        *([_mark(visit.reader.late, FAILED)] if visit.is_late else []),
        *(_mark(str(wish.get_wish_display()), ATTENTION) for wish in visit.wishes),
        *([_mark(visit.reader.conflict, FAILED)] if visit.conflicts else []),
    ]
    return mark_safe("".join(f" {one}" for one in marks))  # noqa: S308  (every part is escaped)


def _mark(word: str, tone: str) -> SafeString:
    return format_html('<span class="board-mark tone-{}">{}</span>', tone, word)


def _move_link(visit: BoardVisit, back: str) -> SafeString:
    return format_html(
        '<a class="board-move" href="{}&amp;{}">{}<span class="visually-hidden"> {} {}</span></a>',
        visit.move_url,
        back,
        visit.reader.move_word,
        visit.clock,
        visit.customer,
    )
