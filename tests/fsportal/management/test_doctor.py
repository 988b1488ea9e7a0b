"""`manage.py doctor`, against real servers on this machine."""

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from bookings.models import Resource
from fsportal.conf.environment import email_config, routing_engines, sms_config
from fsportal.management.commands import doctor
from fsportal.management.doctor import company, database, finding, machine, mail, network
from fsportal.management.doctor.finding import Examination, Finding, FindingLevel
from fsportal.models import PortalSettings, WorkerHeartbeat
from tests.factories import ResourceFactory
from tests.servers import SmtpSink
from tests.test_start import free_port

OK, NOTE, WRONG = FindingLevel.OK, FindingLevel.NOTE, FindingLevel.WRONG
SECRET = "hunter2"


def of(examination: Examination) -> list[tuple[FindingLevel, str]]:
    """Return level and words of each finding; none may be without a word on what to do, or hold the password."""
    found = list(examination())
    for one in found:
        assert one.to_do or one.level is not WRONG
        assert SECRET not in str(one)
    return [(one.level, one.says) for one in found]


def says(examination: Examination, level: FindingLevel, words: str) -> bool:
    return any(found == level and words in said for found, said in of(examination))


# --- The command ------------------------------------------------------------------------------------------------------
def run(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> tuple[str, int]:
    monkeypatch.setattr(doctor, "EXAMINATIONS", {"all": lambda: iter(findings)})
    out = StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def test_it_ends_with_one_only_if_something_must_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    well = (finding.ok("mail", "It works."), finding.note("sms", "Not connected.", "Write SMS_URL."))
    assert run(monkeypatch, *well) == (
        "ok     mail       It works.\nnote   sms        Not connected.\n                  Write SMS_URL.\n",
        0,
    )
    text, code = run(monkeypatch, *well, finding.wrong("disk", "It is full.", "Make room."))
    assert code == 1
    assert text.endswith("wrong  disk       It is full.\n                  Make room.\n")


@pytest.mark.django_db
def test_one_examination_that_breaks_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "EXAMINATIONS", {"moon": lambda: 1 / 0, "cache": machine.cache})
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert "moon       It could not be examined (ZeroDivisionError)." in out.getvalue()
    assert "ok     cache" in out.getvalue()


# --- Database, cache, worker, disk, settings, secrets -----------------------------------------------------------------
@pytest.mark.django_db
def test_a_database_that_is_well() -> None:
    assert {level for level, _says in of(database.database)} == {OK}
    assert says(database.database, OK, "All migrations are applied.")


@pytest.mark.django_db
def test_migrations_that_wait_and_those_of_a_newer_release_are_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'portal'")
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('bookings', '0099_later', %s)", [timezone.now()]
        )
    assert says(database.database, WRONG, "migrations wait")
    assert says(database.database, NOTE, "A newer release has changed its tables (bookings.0099_later)")


@pytest.mark.django_db
def test_a_big_table_without_statistics_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's own counts come too late for a test")
    monkeypatch.setattr(database, "BIG", 3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1')")
        assert not cursor.fetchone()[0]
        assert says(database.database, WRONG, "auth_permission")
        cursor.execute("ANALYZE")
    assert of(database.database)[2:] == [(OK, "Big tables have statistics.")]


def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\nmalformed\n")
    assert database.file_system_of(tmp_path / "db.sqlite3", mounts) == "nfs4"
    assert database.file_system_of(Path("/elsewhere"), mounts) == "ext4"
    assert database.file_system_of(Path("/elsewhere"), tmp_path / "none") == ""


@pytest.mark.django_db
def test_a_worker_that_never_ran_is_told_and_one_that_runs_is_well() -> None:
    assert says(machine.worker, WRONG, "No worker has run yet")
    WorkerHeartbeat.beat()
    assert {level for level, _says in of(machine.worker)} == {OK}


def test_little_room_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert says(machine.space, OK, "MB are free")
    monkeypatch.setattr(machine, "PLENTY", 10**18)
    assert says(machine.space, WRONG, "MB are free")


def test_the_warnings_of_check_deploy_count_on_a_public_site_only(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 0
    assert says(machine.environment, NOTE, "security.W004")
    settings.SECURE = True
    assert says(machine.environment, WRONG, "security.W004")


def test_earlier_keys_and_a_key_that_others_may_read_are_told(settings: Settings, tmp_path: Path) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.DATA_DIR = [SECRET], tmp_path
    assert says(machine.secrets, NOTE, "1 earlier keys")
    (tmp_path / "secret-key").touch(mode=0o644)
    assert says(machine.secrets, WRONG, "Others may read")


# --- Mail -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def mail_at(settings: Settings) -> Callable[[str], None]:
    def connect(url: str) -> None:
        settings.EMAIL = email_config(url)
        for name, value in settings.EMAIL.settings.items():
            setattr(settings, name, value)

    return connect


def test_mail_that_is_not_connected_is_a_note(settings: Settings) -> None:
    settings.EMAIL = email_config("")
    assert [level for level, _says in of(mail.server)] == [NOTE]


def test_a_mail_server_that_lets_us_in_is_well_and_gets_no_message(mail_at: Callable[[str], None]) -> None:
    with SmtpSink() as smtp:
        mail_at(smtp.url)
        assert of(mail.server) == [(OK, f"{smtp.url} lets us in; nothing was sent.")]
        assert (smtp.connections, smtp.messages) == (1, [])


def test_a_mail_server_without_tls_or_sign_in_is_told(mail_at: Callable[[str], None]) -> None:
    with SmtpSink() as smtp:
        mail_at(smtp.url.replace("smtp://", "smtp+tls://"))
        assert says(mail.server, WRONG, "offers no TLS or no sign-in")
        mail_at(smtp.url.replace("smtp://", f"smtp://ann:{SECRET}@"))
        assert says(mail.server, WRONG, "offers no TLS or no sign-in")


def test_a_mail_server_that_is_away_or_says_nothing_is_told_in_time(
    mail_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_at(f"smtp://ann:{SECRET}@127.0.0.1:{free_port()}")
    assert says(mail.server, WRONG, "cannot be reached (ConnectionRefusedError)")
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail_at(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        assert says(mail.server, WRONG, "cannot be reached (SMTPServerDisconnected)")


def test_a_password_in_the_clear_is_told(mail_at: Callable[[str], None], settings: Settings) -> None:
    mail_at(f"smtp://ann:{SECRET}@mail.nowhere.invalid:{free_port()}")
    assert says(mail.server, WRONG, "in the clear")


class NameServer:
    """A name server on this machine that knows TXT records; it can be silent."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.is_silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.nameservers, self.resolver.port = ["127.0.0.1"], self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                packet, who = self._socket.recvfrom(4096)
            except OSError:
                return
            if packet == b"end":
                return
            if not self.is_silent:
                self._socket.sendto(self._answer(dns.message.from_wire(packet)).to_wire(), who)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query)
        name = str(query.question[0].name)
        found = self.texts.get(name.rstrip("."))
        if found is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", [f'"{text}"' for text in found]))
        return answer

    def end(self) -> None:
        self._socket.sendto(b"end", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[NameServer]:
    server = NameServer()
    monkeypatch.setattr(mail, "resolver", lambda: server.resolver)
    settings.EMAIL, settings.EMAIL_FROM = email_config("smtp://127.0.0.1"), "visits@mail.example.test"
    yield server
    server.end()


def test_a_domain_that_says_who_may_send_is_well(names: NameServer) -> None:
    names.texts = {
        "mail.example.test": ["something else", "v=spf1 include:provider.test -all"],
        "_dmarc.example.test": ["v=DMARC1; p=quarantine; rua=mailto:x@example.test"],  # of the domain above it
    }
    assert says(mail.domain, OK, "mail.example.test has an SPF record")
    assert says(mail.domain, OK, "example.test has a DMARC record (p=quarantine)")
    assert says(mail.domain, NOTE, "DKIM")


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "has no SPF record"),
        (["v=spf1 -all", "v=spf1 ~all"], "has 2 SPF records"),
        (["v=spf1 +all"], "allows everybody to send"),
    ],
)
def test_a_domain_that_does_not_is_told(names: NameServer, records: list[str], words: str) -> None:
    names.texts = {"mail.example.test": records} if records else {}
    assert says(mail.domain, WRONG, words)
    assert says(mail.domain, WRONG, "has no DMARC record")


def test_name_servers_that_do_not_answer_are_no_fault_of_the_domain(
    names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.is_silent = True
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    assert of(mail.domain) == [(NOTE, "SPF and DMARC of mail.example.test could not be looked up (LifetimeTimeout).")]


# --- HTTP: site, SMS, webhooks, tiles, routing, clock -----------------------------------------------------------------
class HttpServer:
    """Answers by method and path; everything else is 404. `date` is what its clock says."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, str, str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.date: dt.datetime | None = None
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                server.asked.append((self.command, self.path))
                status, kind, body = server.answers.get((self.command, self.path), (404, "text/plain", ""))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = answer  # noqa: N815

            def date_time_string(self, timestamp: float | None = None) -> str:
                at = server.date.timestamp() if server.date else timestamp or time.time()
                return super().date_time_string(at)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler

    def end(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


@pytest.fixture
def http() -> Iterator[HttpServer]:
    network.Clocks.ahead.clear()
    server = HttpServer()
    yield server
    server.end()
    network.Clocks.ahead.clear()


def test_a_site_that_answers_as_we_do_is_reached(http: HttpServer, settings: Settings) -> None:
    settings.SITE_URL = http.url
    assert says(network.site, WRONG, "/health/live answers 404, and not as we do")
    http.answers["GET", "/health/live"] = (200, "text/plain", "ok\n")
    assert of(network.site) == [
        (NOTE, f"{http.url} can only be opened on this machine."),
        (OK, f"{http.url} is reached."),
    ]


def test_a_site_that_cannot_be_reached_or_is_not_encrypted_is_told(settings: Settings) -> None:
    settings.SITE_URL = f"http://127.0.0.1:{free_port()}"
    assert says(network.site, WRONG, "cannot be reached from here (ConnectError)")
    settings.SITE_URL = "http://portal.nowhere.invalid"
    assert says(network.site, WRONG, "is not encrypted")


def test_twilio_is_asked_for_the_account_and_nothing_is_sent(http: HttpServer, settings: Settings) -> None:
    settings.SMS = sms_config(f"twilio://AC1:{SECRET}@+15550100000?base_url={http.url}")
    assert says(network.sms, WRONG, "Twilio refuses account or token (404)")
    http.answers["GET", "/2010-04-01/Accounts/AC1.json"] = (200, "application/json", "{}")
    assert says(network.sms, OK, "Twilio knows us; nothing was sent.")
    assert {method for method, _path in http.asked} == {"GET"}
    http.answers["GET", "/2010-04-01/Accounts/AC1.json"] = (503, "text/plain", "")
    assert says(network.sms, WRONG, "Twilio answers 503")
    assert says(network.sms, WRONG, "Twilio cannot reach a local SITE_URL")


def test_the_webhook_is_reached_if_it_refuses_what_is_not_signed(
    http: HttpServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "is_local", lambda url: False)
    settings.SITE_URL = http.url
    assert says(network._webhooks, WRONG, "answers 404 instead of 403")
    http.answers["POST", "/hooks/sms/inbound/"] = (403, "text/plain", "")
    assert says(network._webhooks, OK, "is reached")
    settings.SITE_URL = f"http://127.0.0.1:{free_port()}"
    assert says(network._webhooks, WRONG, "cannot be reached")


def test_a_plain_provider_and_routing_engines_are_only_connected_to(http: HttpServer, settings: Settings) -> None:
    host = http.url.removeprefix("http://")
    settings.SMS = sms_config(f"http-post://ann:{SECRET}@{host}/send?to=x")
    settings.ROUTING = routing_engines(f"valhalla://{host},tomtom://{SECRET}?base_url=http://127.0.0.1:{free_port()}")
    assert says(network.sms, OK, "it was asked nothing")
    assert [level for level, _says in of(network.routing)] == [OK, WRONG]
    assert http.asked == []


def test_a_tile_is_fetched(http: HttpServer, settings: Settings) -> None:
    settings.MAP_TILES_URL = f"{http.url}/{{z}}/{{x}}/{{y}}.png?key={SECRET}"
    assert says(network.tiles, WRONG, "answers 404 and no tile")
    http.answers["GET", f"/0/0/0.png?key={SECRET}"] = (200, "text/html", "please pay")
    assert says(network.tiles, WRONG, "answers 200 and no tile")
    http.answers["GET", f"/0/0/0.png?key={SECRET}"] = (200, "image/png", "png")
    assert of(network.tiles) == [(OK, "127.0.0.1 sends tiles.")]


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "words"), [(-2, "seconds ahead of"), (2, "seconds behind")])
def test_a_clock_that_differs_from_those_who_answered_is_told(
    http: HttpServer, settings: Settings, minutes: int, words: str
) -> None:
    settings.SITE_URL = http.url
    http.date = timezone.now() + dt.timedelta(minutes=minutes)
    of(network.site)
    assert says(network.clock, WRONG, words)
    http.date = None
    of(network.site)
    assert says(network.clock, OK, "It agrees with 127.0.0.1")


@pytest.mark.django_db
def test_a_clock_is_compared_with_that_of_the_database() -> None:
    network.Clocks.ahead.clear()
    (found,) = of(network.clock)
    expected = (OK, "It agrees with the database.") if connection.vendor == "postgresql" else (NOTE, found[1])
    assert found == expected


# --- The company ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_company_zone_that_nobody_chose_is_told() -> None:
    assert says(company.zone, OK, "in UTC")
    ResourceFactory(time_zone="Europe/London")
    assert says(company.zone, NOTE, "no technician is there (Europe/London)")
    ResourceFactory(time_zone="UTC")
    assert says(company.zone, OK, "in UTC")
    ResourceFactory(time_zone="UTC", is_active=False)
    Resource.objects.filter(time_zone="UTC", is_active=True).delete()
    portal_settings = PortalSettings.load()
    portal_settings.time_zone = "Europe/London"
    portal_settings.save()
    assert says(company.zone, OK, "in Europe/London")


@pytest.mark.django_db
def test_technicians_whom_customers_are_never_offered_are_named_where_customers_book() -> None:
    ResourceFactory(name="Lena")
    ResourceFactory(name="Omar", start_latitude=None)
    assert list(company.technicians()) == []
    portal_settings = PortalSettings.load()
    portal_settings.self_scheduling = True
    portal_settings.save()
    assert says(company.technicians, NOTE, "so never offered to customers: Omar.")
    Resource.objects.filter(name="Omar").update(is_active=False)
    assert says(company.technicians, OK, "All have a start place")
