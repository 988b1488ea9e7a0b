"""Charts drawn on the server as SVG, with their numbers as a table: stacked columns by time, and bars beside a row.

Labels never run into each other: those that do not fit are left out, at even distances. Right to left, time runs to the
left. Bands differ by lightness and by pattern, not by colour alone.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import get_language_bidi

#: Geometry in units of the view box; the picture scales to its place. On a phone a unit is about 0.7 pixels.
WIDTH, TOP, PLOT, FOOT, GUTTER, EDGE = 480, 16, 150, 28, 56, 6
WIDEST_BAR = 44
#: What a letter of a label takes, at the size that phones use, and what is left free between two labels.
LETTER, GAP = 9.5, 12
#: Bands that have a pattern in templates/admin/includes/chart_patterns.html.
PATTERNED = ("none", "waiting", "channel-sms", "failed")


@dataclass(frozen=True)
class Band:
    """One of the numbers that are stacked. `slug` names its colour in the style sheet."""

    slug: str
    label: str


@dataclass(frozen=True)
class Drawn:
    """A part of a column or bar, in units of the view box, as SVG writes numbers."""

    x: str
    y: str
    width: str
    height: str
    band: str
    says: str

    @property
    def is_patterned(self) -> bool:
        return self.band in PATTERNED


@dataclass(frozen=True)
class Column:
    """The numbers of one day, week and so on, in the order of the bands."""

    name: str
    short: str
    values: Sequence[int]


@dataclass(frozen=True)
class Chart:
    """What the template draws: columns, labels, lines, the legend, and the same numbers as table rows."""

    slug: str
    title: str
    note: str
    #: What stands above the names of the columns in the table.
    heading: str
    empty: str
    bands: Sequence[Band]
    columns: Sequence[Column]

    view_box = f"0 0 {WIDTH} {TOP + PLOT + FOOT}"
    left, right, bottom, label_y = GUTTER, WIDTH - EDGE, TOP + PLOT, TOP + PLOT + 20

    @property
    def total(self) -> int:
        return sum(sum(column.values) for column in self.columns)

    @property
    def top(self) -> int:
        return max((sum(column.values) for column in self.columns), default=0)

    @property
    def legend(self) -> list[tuple[str, str]]:
        return [(band.slug, band.label) for band in self.bands]

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        return [(column.name, list(column.values)) for column in self.columns]

    @property
    def _step(self) -> float:
        return (self.right - self.left) / max(1, len(self.columns))

    def _middle(self, at: int) -> float:
        x = self.left + (at + 0.5) * self._step
        return WIDTH - x if get_language_bidi() else x

    def _height(self, value: float) -> float:
        return PLOT * value / self._ceiling

    @property
    def _ceiling(self) -> int:
        return _grid(self.top)[-1]

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Return the lines of the grid: where, where its number stands, and the number."""
        places = [(value, self.bottom - self._height(value)) for value in _grid(self.top)]
        return [(_svg(y), _svg(y + 5), formats.number_format(value, force_grouping=True)) for value, y in places]

    @property
    def line_ends(self) -> tuple[int, int]:
        ends = self.left - 4, self.right
        return (WIDTH - ends[1], WIDTH - ends[0]) if get_language_bidi() else ends

    @property
    def number_x(self) -> str:
        """Return the middle of the numbers: so they are at the same place in both directions of writing."""
        middle = (GUTTER - 6) / 2
        return _svg(WIDTH - middle if get_language_bidi() else middle)

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Return as many labels as have room, with their middles."""
        widest = max((len(column.short) for column in self.columns), default=0) * LETTER + GAP
        every = max(1, -int(-widest // self._step))
        found = []
        for at in range(0, len(self.columns), every):
            middle, half = self._middle(at), len(self.columns[at].short) * LETTER / 2
            if half <= middle <= WIDTH - half:
                found.append((_svg(middle), self.columns[at].short))
        return found

    @property
    def drawn(self) -> list[Drawn]:
        width = min(0.7 * self._step, WIDEST_BAR)
        found = []
        for at, column in enumerate(self.columns):
            y = float(self.bottom)
            for band, value in zip(self.bands, column.values, strict=True):
                if value > 0:
                    height = self._height(value)
                    y -= height
                    says = f"{column.name}: {band.label} {formats.number_format(value, force_grouping=True)}"
                    x = _svg(self._middle(at) - width / 2)
                    found.append(Drawn(x, _svg(y), _svg(width), _svg(height), band.slug, says))
        return found


def row_bar(bands: Sequence[Band], values: Sequence[int], most: int) -> list[Drawn]:
    """Return the parts of a bar that lies beside its numbers, 100 units wide if they add up to `most`."""
    x, found = 0.0, []
    for band, value in zip(bands, values, strict=True):
        if value > 0:
            width = 100 * value / max(1, most)
            begins = 100 - x - width if get_language_bidi() else x
            found.append(Drawn(_svg(begins), "0", _svg(width), "12", band.slug, f"{band.label} {value}"))
            x += width
    return found


def _grid(top: int) -> list[int]:
    """Return round numbers from 0 to at least `top`, no more than five."""
    for size in range(10):
        for step in (10**size, 2 * 10**size, 5 * 10**size):
            if step * 4 >= top:
                return [step * at for at in range(max(1, -(-top // step)) + 1)]
    raise ValueError(top)


def _svg(number: float) -> str:
    """Return a number as SVG reads it, whatever the language."""
    return f"{number:.1f}".removesuffix(".0")


def day_names(day: dt.date) -> tuple[str, str]:
    """Return the name of a day for a table, and a short one for a label."""
    return formats.date_format(day, "D j M"), formats.date_format(day, "j M")
