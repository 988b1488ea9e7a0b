"""Times as customers read them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from fsportal.lib import zones

LONDON, NEW_YORK, LORD_HOWE = "Europe/London", "America/New_York", "Australia/Lord_Howe"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
# The first of the two half past ones in London.
TWICE = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_window_names_day_times_and_zone() -> None:
    assert zones.when(TUESDAY, TUESDAY + HOUR, LONDON, "en", now=NOW) == "Tue 24 Nov, 10:20 to 11:20 (London time)"
    assert zones.moment(TUESDAY, LONDON, "en", now=NOW) == "Tue 24 Nov, 10:20 (London time)"
    assert zones.span(TUESDAY, TUESDAY + HOUR / 3, LONDON, "en", now=NOW) == "10:20 to 10:40 (London time)"
    assert zones.span(TUESDAY, TUESDAY, LONDON, "en", now=NOW) == "10:20 (London time)"
    assert zones.when(TUESDAY, TUESDAY, LONDON, "en", now=NOW) == "Tue 24 Nov, 10:20 (London time)"


def test_a_time_is_that_of_the_place() -> None:
    assert zones.moment(TUESDAY, NEW_YORK, "en", now=NOW) == "Tue 24 Nov, 05:20 (New York time)"
    assert zones.moment(TUESDAY, "Asia/Kathmandu", "en", now=NOW) == "Tue 24 Nov, 16:05 (Kathmandu time)"
    assert zones.moment(TUESDAY + 5 * HOUR, "Asia/Tokyo", "en", now=NOW) == "Wed 25 Nov, 00:20 (Tokyo time)"


def test_midnight_between_names_both_days() -> None:
    start = TUESDAY + 13 * HOUR
    words = "Tue 24 Nov, 23:20 to Wed 25 Nov, 00:20 (London time)"
    assert zones.when(start, start + HOUR, LONDON, "en", now=NOW) == words
    assert zones.span(start, start + HOUR, LONDON, "en", now=NOW) == words


def test_another_year_is_named() -> None:
    assert zones.day(TUESDAY, LONDON, "en", now=NOW) == "Tue 24 Nov"
    assert zones.day(TUESDAY, LONDON, "en", now=NOW.replace(year=2025)) == "Tue 24 Nov 2026"
    assert zones.day(TUESDAY, LONDON, "de", now=NOW.replace(year=2025)) == "Di., 24. Nov. 2026"
    # Still last year in London, already this year in Tokyo.
    eve = datetime(2026, 12, 31, 20, tzinfo=UTC)
    assert zones.day(eve, "Asia/Tokyo", "en", now=eve) == "Fri 1 Jan"


@pytest.mark.parametrize(
    ("language", "day", "clock", "city"),
    [
        ("en", "Tue 24 Nov", "10:20", "London"),
        ("de", "Di., 24. Nov.", "10:20", "London"),
        ("fr", "mar. 24 nov.", "10:20", "Londres"),
        ("ar", "الثلاثاء، 24 نوفمبر", "10:20 ص", "لندن"),
        ("he", "יום ג\u05f3, 24 בנוב\u05f3", "10:20", "לונדון"),
        ("ja", "Tue 24 Nov", "10:20", "London"),
        ("", "Tue 24 Nov", "10:20", "London"),
    ],
)
def test_each_language_has_its_own_words(language: str, day: str, clock: str, city: str) -> None:
    assert zones.day(TUESDAY, LONDON, language, now=NOW) == day
    assert zones.clock(TUESDAY, LONDON, language) == clock
    assert city in zones.zone_label(TUESDAY, LONDON, language)
    for words in (
        zones.when(TUESDAY, TUESDAY + HOUR, LONDON, language, now=NOW),
        zones.moment(TUESDAY, LONDON, language, now=NOW),
    ):
        assert day in words
        assert clock in words
        assert city in words


def test_the_language_of_the_page_around_it_does_not_matter_and_stays() -> None:
    with translation.override("fr"):
        assert zones.moment(TUESDAY, LONDON, "en", now=NOW) == "Tue 24 Nov, 10:20 (London time)"
        assert translation.get_language() == "fr"


@pytest.mark.parametrize(
    ("zone_name", "language", "city"),
    [
        ("Europe/Kyiv", "de", "Kiew"),
        ("Asia/Kolkata", "fr", "Calcutta"),
        ("Asia/Calcutta", "en", "Kolkata"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires"),
        ("US/Eastern", "en", "New York"),
        (LORD_HOWE, "en", "Lord Howe Island"),
    ],
)
def test_a_zone_is_called_by_its_city(zone_name: str, language: str, city: str) -> None:
    assert city in zones.zone_label(TUESDAY, zone_name, language)


def test_every_zone_has_a_label_in_every_language() -> None:
    for name in zones.zone_names():
        label = zones.zone_label(TUESDAY, name, "ar")
        assert label
        assert "/" not in label
        assert "_" not in label


def test_zones_that_are_no_place_show_their_offset() -> None:
    assert zones.zone_label(TUESDAY, "UTC", "en") == "UTC"
    assert zones.zone_label(TUESDAY, "Etc/GMT+5", "en") == "UTC-5"


def test_a_wall_time_that_comes_twice_has_its_offset() -> None:
    assert zones.moment(TWICE, LONDON, "en", now=NOW) == "Sun 25 Oct, 01:30 (London time, UTC+1)"
    assert zones.moment(TWICE + HOUR, LONDON, "en", now=NOW) == "Sun 25 Oct, 01:30 (London time, UTC+0)"
    assert zones.moment(TWICE + 2 * HOUR, LONDON, "en", now=NOW) == "Sun 25 Oct, 02:30 (London time)"
    half_hour = datetime(2026, 4, 4, 14, 45, tzinfo=UTC)  # 01:45 comes twice, half an hour apart
    assert zones.zone_label(half_hour, LORD_HOWE, "en") == "Lord Howe Island time, UTC+11"
    assert zones.zone_label(half_hour + HOUR / 2, LORD_HOWE, "en") == "Lord Howe Island time, UTC+10:30"


def test_a_window_across_a_clock_change_has_both_offsets() -> None:
    autumn = zones.when(TWICE, TWICE + HOUR, LONDON, "en", now=NOW)
    assert autumn == "Sun 25 Oct, 01:30 UTC+1 to 01:30 UTC+0 (London time)"
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    words = "Sun 29 Mar, 00:30 UTC+0 to 02:30 UTC+1 (London time)"
    assert zones.when(spring, spring + HOUR, LONDON, "en", now=NOW) == words
    within = zones.when(TWICE, TWICE + HOUR / 4, LONDON, "en", now=NOW)
    assert within == "Sun 25 Oct, 01:30 to 01:45 (London time, UTC+1)"
    into = zones.when(TWICE - HOUR, TWICE, LONDON, "en", now=NOW)
    assert into == "Sun 25 Oct, 00:30 to 01:30 (London time, UTC+1)"
    out_of = zones.when(TWICE + HOUR, TWICE + 2 * HOUR, LONDON, "en", now=NOW)
    assert out_of == "Sun 25 Oct, 01:30 to 02:30 (London time, UTC+0)"


@pytest.mark.parametrize(
    ("wall", "zone_name", "instant"),
    [
        (datetime(2026, 11, 24, 10, 20), LONDON, datetime(2026, 11, 24, 10, 20, tzinfo=UTC)),
        (datetime(2026, 7, 1, 10, 20), NEW_YORK, datetime(2026, 7, 1, 14, 20, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30), LONDON, TWICE),
        (datetime(2026, 10, 25, 1, 30, fold=1), LONDON, TWICE),
        (datetime(2026, 11, 1, 1, 30), NEW_YORK, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (datetime(2026, 4, 5, 1, 45), LORD_HOWE, datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
    ],
)
def test_a_wall_time_of_a_file_is_one_instant(wall: datetime, zone_name: str, instant: datetime) -> None:
    assert zones.local_to_utc(wall, zone_name) == instant
    assert zones.local(instant, zone_name).replace(tzinfo=None, fold=0) == wall.replace(fold=0)


@pytest.mark.parametrize(
    ("wall", "zone_name"),
    [
        (datetime(2026, 3, 29, 1, 30), LONDON),
        (datetime(2026, 3, 8, 2, 0), NEW_YORK),
        (datetime(2026, 10, 4, 2, 15), LORD_HOWE),
    ],
)
def test_a_wall_time_that_never_comes_is_refused(wall: datetime, zone_name: str) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        zones.local_to_utc(wall, zone_name)


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("London", "Europe/London"),
        ("europe/london", "Europe/London"),
        ("Europe/Lodon", "Europe/London"),
        ("New York", "America/New_York"),
        ("Europe/Atlantis", "for example Europe/London"),
        ("", "for example Europe/London"),
        ("../../etc/passwd", "for example Europe/London"),
        ("localtime", "for example Europe/London"),
    ],
)
def test_an_unknown_zone_is_refused_with_a_hint(name: str, suggested: str) -> None:
    with pytest.raises(ValidationError, match=suggested):
        zones.validate_zone(name)
    with pytest.raises(ValueError, match=suggested):
        zones.zone(name)


def test_known_zones_pass() -> None:
    for name in (LONDON, LORD_HOWE, "UTC", "Asia/Kathmandu"):
        zones.validate_zone(name)
        assert zones.zone(name).key == name


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de-AT", "de"), ("DE_ch", "de"), ("ja", "en"), ("", "en"), ("en-US", "en"), ("iw", "he"), ("he-IL", "he")],
)
def test_a_language_tag_finds_the_language_that_serves_it(tag: str, language: str) -> None:
    assert zones.supported_language(tag) == language


# --- The reader's own clock -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("site", "own", "expected"),
    [
        ("Europe/London", "Europe/Rome", "11:20 where you are"),
        ("Europe/London", "Asia/Kathmandu", "16:05 where you are"),
        ("Europe/London", "Pacific/Auckland", "23:20 where you are"),
        ("America/New_York", "Pacific/Kiritimati", "Wed 25 Nov, 00:20 where you are"),
        ("Pacific/Auckland", "America/New_York", "05:20 where you are"),
        ("Europe/London", "Europe/Lisbon", ""),
        ("Europe/London", "Europe/London", ""),
        ("Europe/London", "", ""),
    ],
)
def test_the_readers_own_clock_is_named_where_it_shows_another_time(site: str, own: str, expected: str) -> None:
    at = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
    assert zones.where_you_are(at, site, own, "en") == expected


def test_an_own_wall_time_that_comes_twice_has_its_offset() -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert zones.where_you_are(at, "UTC", "Europe/London", "en") == "01:30 UTC+1 where you are"
    assert zones.where_you_are(at + timedelta(hours=1), "Asia/Tokyo", "Europe/London", "en") == (
        "01:30 UTC+0 where you are"
    )


def test_clocks_that_agree_in_one_half_of_the_year_differ_in_the_other() -> None:
    winter, summer = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 7, 6, 9, tzinfo=UTC)
    assert zones.where_you_are(winter, "Africa/Accra", "Europe/London", "en") == ""
    assert zones.where_you_are(summer, "Africa/Accra", "Europe/London", "en") == "10:00 where you are"


def test_the_own_time_stands_beside_the_sites() -> None:
    assert zones.beside("10:20 (London time)", "11:20 where you are", "en") == (
        "10:20 (London time); 11:20 where you are"
    )
    assert zones.beside("10:20 (London time)", "", "en") == "10:20 (London time)"


def test_places_are_grouped_by_region_in_the_order_and_words_of_the_language() -> None:
    places = dict(zones.places("en"))
    assert ("Europe/London", "London") in places["Europe"]
    assert ("Asia/Kolkata", "Kolkata") in places["Asia"]
    names = [name for rows in places.values() for name, _city in rows]
    assert len(names) == len(set(names)) > 400
    assert all(name in zones.zone_names() for name in names)
    assert not [name for name in names if name.startswith(("Etc/", "US/")) or name == "Asia/Calcutta"]
    cities = [city for _name, city in places["Europe"]]
    assert cities.index("Berlin") < cities.index("Zurich")
    french = dict(zones.places("fr"))
    assert ("Europe/London", "Londres") in [row for rows in french.values() for row in rows]


@pytest.mark.parametrize("name", ["Pacific/Auckland", "America/New_York"])
def test_for_ever_can_be_shown_in_any_zone(name: str) -> None:
    for end in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        assert zones.local(end, name).year == end.year


def test_a_day_begins_where_the_clock_skips_or_repeats_midnight() -> None:
    skipped = zones.midnight(date(2026, 4, 24), "Africa/Cairo")  # 24:00 is 01:00
    assert zones.local(skipped, "Africa/Cairo").time() == time(1)
    twice = zones.midnight(date(2026, 11, 1), "America/Havana")  # at 01:00 it is midnight again
    assert twice == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_stamp_names_its_zone() -> None:
    at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert zones.stamp(at, LONDON) == "2026-10-25 01:30 (London time, UTC+0)"
    assert zones.stamp(at, "UTC") == "2026-10-25 01:30 (UTC)"
