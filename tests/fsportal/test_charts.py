"""Charts: labels never run into each other, and bars add up; right to left, the first column is on the right."""

from itertools import pairwise

import pytest
from django.utils import translation

from fsportal.settings_area.charts import GAP, LETTER, WIDTH, Band, Chart, Column

BANDS = [Band("good", "Good"), Band("failed", "Bad")]


def chart(number: int, label: str = "29 Nov") -> Chart:
    columns = [Column(f"day {at}", label, [at, 1]) for at in range(number)]
    return Chart("test", "Test", "", "Day", "", BANDS, columns)


@pytest.mark.parametrize("number", [1, 4, 14, 53, 157])
@pytest.mark.parametrize("label", ["1 J", "29 Nov", "29 November 2026"])
def test_labels_never_run_into_each_other(number: int, label: str) -> None:
    middles = [float(x) for x, _label in chart(number, label).labels]
    assert middles
    assert all(after - before >= len(label) * LETTER + GAP - 0.2 for before, after in pairwise(middles))
    assert min(middles) >= len(label) * LETTER / 2
    assert max(middles) <= WIDTH - len(label) * LETTER / 2


def test_columns_are_as_high_as_their_numbers_on_a_round_scale() -> None:
    drawn = chart(14)
    assert [number for _y, _text_y, number in drawn.lines] == ["0", "5", "10", "15"]
    tops = {float(y) for y, _text_y, _number in drawn.lines}
    column = [part for part in drawn.drawn if part.says.startswith("day 13:")]
    assert sum(float(part.height) for part in column) == pytest.approx(14 / 15 * (max(tops) - min(tops)), abs=0.2)


def test_right_to_left_time_runs_to_the_left() -> None:
    with translation.override("ar"):
        mirrored = [float(x) for x, _label in chart(14).labels]
    assert mirrored == sorted(mirrored, reverse=True)
    assert mirrored == pytest.approx([WIDTH - float(x) for x, _label in chart(14).labels])
