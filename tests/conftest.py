"""The fixed cast, the browser, and a loud word when browser tests were left out."""

import gc
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from bookings.eta import chain
from bookings.models import Booking
from fsportal.conf.environment import cache_config, email_config, sms_config
from fsportal.lib.cache import CONFIGURED, outages
from fsportal.models import Contact, User
from fsportal.models.portal_settings import remembered
from notifications.inapp import kept
from notifications.models import EmailFrame
from tests.chromium import chromium
from tests.factories import (
    BookingFactory,
    ContactFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
    name_company,
)
from tests.fresh_database import restore_instead_of_flush
from tests.migrated import copy_to
from tests.servers import SmtpSink, TwilioServer
from tests.valhalla import Engine, NoEngineError

# Playwright's synchronous calls run on an event loop of their own; Django would take that for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# A busy machine is not the product's fault.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")

LEFT_OUT = "no Chromium was found"
NO_ENGINE = "no routing engine"


# --- The cast -------------------------------------------------------------------------------------------------------
@pytest.fixture
def admin(db: None) -> User:
    """Return somebody of the admin group."""
    return _staff("admin", "admin")


@pytest.fixture
def dispatcher(db: None) -> User:
    """Return somebody who books, moves and cancels."""
    return _staff("dispatcher", "dispatcher")


@pytest.fixture
def reader(db: None) -> User:
    """Return somebody who may look and change nothing."""
    return _staff("reader", "read-only")


@pytest.fixture
def technician(db: None) -> User:
    """Return a user with a resource of their own."""
    user: User = UserFactory(username="technician", first_name="Omar", last_name="Haddad", groups=["technician"])
    ResourceFactory(name="Omar Haddad", user=user)
    return user


@pytest.fixture
def customer(db: None) -> User:
    """Return a signed-up customer; `customer.contact` has a booking."""
    user: User = UserFactory(username="customer")
    contact: Contact = ContactFactory(name="Chris Customer", portal_user=user)
    BookingFactory(work_order=WorkOrderFactory(account=contact.account, reported_by=contact))
    return user


@pytest.fixture
def stranger(db: None) -> User:
    """Return a user who belongs to nobody here."""
    user: User = UserFactory(username="stranger")
    return user


@pytest.fixture
def booking(db: None) -> Booking:
    """Return a scheduled visit, two days from now."""
    made: Booking = BookingFactory()
    return made


def _staff(username: str, group: str) -> User:
    # A test that flushes the database also loses the groups of a fresh one.
    Group.objects.get_or_create(name=group)
    user: User = UserFactory(username=username, is_staff=True, groups=[group])
    return user


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """Put a migrated copy where pytest-django would make the database, which then finds nothing to migrate."""
    if connection.vendor != "sqlite":
        return False
    copy_to(Path(connection.settings_dict["TEST"]["NAME"]))
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make the database as pytest-django does; give it back quicker."""
    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            restore_instead_of_flush(patch)
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Let no test find what another one cached, or that its cache was away."""
    cache.clear()
    kept.answers.clear()
    remembered.forget()
    EmailFrame.forget_stored()
    yield
    outages.clear()
    cache.clear()


@pytest.fixture
def dead_cache(settings: Settings) -> None:
    """Take the cache away: nothing listens where CACHE_URL points to."""
    settings.CACHES = settings.CACHES | {CONFIGURED: cache_config("redis://127.0.0.1:1/0")}


@pytest.fixture(autouse=True)
def no_language_left_over() -> Iterator[None]:
    """Let no test go on in the language of the page that another one asked for."""
    yield
    translation.deactivate()


# --- The ways out, as real servers ------------------------------------------------------------------------------------
@pytest.fixture
def named_company(request: pytest.FixtureRequest) -> None:
    """Let live delivery go, where the test has a database."""
    if request.node.get_closest_marker("django_db") or DATABASE & set(request.fixturenames):
        name_company()


@pytest.fixture
def smtp(settings: Settings, named_company: None) -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        settings.DELIVERY_MODE, settings.EMAIL = "live", email_config(sink.url)
        for name, value in settings.EMAIL.settings.items():
            setattr(settings, name, value)
        settings.EMAIL_FROM = "visits@example.com"
        yield sink


@pytest.fixture
def twilio(settings: Settings, named_company: None) -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        settings.DELIVERY_MODE, settings.SMS = "live", sms_config(server.sms_url)
        yield server


# --- The routing engine -----------------------------------------------------------------------------------------------
@pytest.fixture
def engine(started_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Return a real Valhalla, which is given time on a busy machine: what it answers is looked at, not when."""
    monkeypatch.setattr(chain, "TOTAL_SECONDS", 60.0)
    return started_engine


@pytest.fixture(scope="session")
def started_engine() -> Iterator[Engine]:
    """Start a real Valhalla; where there is none its tests are left out, loudly, but not in CI."""
    try:
        with Engine() as started:
            yield started
    except NoEngineError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{NO_ENGINE}: {error}")


# --- The browser ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start this machine's own Chromium."""
    # Chromium's sandbox does not run as root, which containers are.
    return {**browser_type_launch_args, "executable_path": chromium(), "args": ["--no-sandbox"]}


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, modules and templates that stay to the end."""
    gc.collect()
    gc.freeze()


#: Fixtures by which a test gets a database, besides the mark `django_db`.
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup", "database_url"}


#: Where CI runs both databases, each takes half of the tests: it hardly matters from which one a page came. On both run
#: those about what databases do differently, or what must hold on each: races, plans, migrations, models, the outbox,
#: imports, searches, forgetting.
ON_BOTH = re.compile(
    r"race|_at_size|test_migrations|restoring|dead_cache|odd_input|random|simulated_week|two_workers|beside_others"
    r"|test_record_select|personal_data/|bookings/(models|availability)/|fsportal/(models|lib)/"
    r"|fsportal/management/(?!test_demo)|tracking/test_intake|messages/test_(reminders|announcing)"
    r"|customers/test_(outbox|delivery|delivery_reports|choices|bundles|what_was_told)"
    r"|schedule_files/test_(importing|visits|customers)"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker ends with it; leave browser tests out without a browser.

    On PostgreSQL also leave out what asks no database: it would do there what it does on SQLite.
    """
    here = [item for item in items if _is_for(connection.vendor, item)]
    config.hook.pytest_deselected(items=[item for item in items if not _is_for(connection.vendor, item)])
    items[:] = here
    items.sort(
        key=lambda item: not item.nodeid.startswith(("tests/test_start.py", "tests/end_to_end/", "tests/faults/"))
    )
    if chromium():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


def _is_for(vendor: str, item: pytest.Item) -> bool:
    if not _asks_a_database(item):
        return vendor == "sqlite"
    # Without PostgreSQL everything runs on SQLite.
    if (vendor == "sqlite" and "TEST_SHARED" not in os.environ) or ON_BOTH.search(item.nodeid):
        return True
    return zlib.crc32(item.nodeid.encode()) % 2 == (vendor == "sqlite")


def _asks_a_database(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or not DATABASE.isdisjoint(fixtures)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Iterator[None]:
    """Say loudly, below everything else, which tests were left out for want of something."""
    yield
    _say(terminalreporter, "BROWSER", LEFT_OUT, "Install Chromium, or name it: CHROMIUM=/path/to/chromium make test")
    _say(terminalreporter, "ROUTING ENGINE", NO_ENGINE, "They need pyvalhalla from the package index, on Linux.")


def _say(terminalreporter: Any, which: str, reason: str, to_do: str) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if reason in str(report.longrepr)]
    if skipped:
        terminalreporter.section(f"{which} TESTS LEFT OUT", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} {which.lower()} tests did NOT run: {reason}.", red=True, bold=True)
        terminalreporter.line(to_do, red=True)
