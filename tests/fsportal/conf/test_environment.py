"""Reading the environment, and the error message for each wrong value."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from pytest_django import Settings

from fsportal.conf.checks import cache_can_be_used
from fsportal.conf.environment import (
    DELIVERY_MODES,
    cache_config,
    database_config,
    email_config,
    kept_secret,
    one_of,
    origin,
    routing_engines,
    sms_config,
    sms_countries,
    tile_hosts,
)
from fsportal.lib.cache import CONFIGURED

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("wrong", ["portal.example.com", "ftp://portal.example.com", "https://", "//portal", ""])
def test_a_site_url_without_scheme_or_host_is_refused(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"https://portal\.example\.com"):
        origin(wrong, "SITE_URL")


@pytest.mark.parametrize("wrong", ["https://portal.example.com/app", "https://portal.example.com?x=1"])
def test_a_site_url_with_a_path_is_refused(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="only scheme, host and port"):
        origin(wrong, "SITE_URL")


@pytest.mark.parametrize("wrong", ["http://localhost:80O0", "http://localhost:99999", "http://[::1"])
def test_a_site_url_whose_port_is_no_number_is_refused(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_URL cannot be read; write for example"):
        origin(wrong, "SITE_URL")


def test_a_site_url_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(ImproperlyConfigured, match="user or password") as refused:
        origin("http://user:s3cret@portal.example.com", "SITE_URL")
    assert "s3cret" not in str(refused.value)


def test_a_good_origin_loses_its_slash() -> None:
    assert origin("https://portal.example.com:8443/", "SITE_URL") == "https://portal.example.com:8443"


def test_the_three_delivery_modes_and_no_other() -> None:
    for mode in ("simulate", "guest-list", "live"):
        assert one_of(mode, "DELIVERY_MODE", DELIVERY_MODES) == mode
    with pytest.raises(ImproperlyConfigured, match="simulate, guest-list, live"):
        one_of("Live!", "DELIVERY_MODE", DELIVERY_MODES)


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://127.0.0.1:2525", 2525, False, False),
        ("smtp://mail.example.com", 25, False, False),
        ("smtp+tls://u:p@mail.example.com", 587, True, False),
        ("smtps://u:p@mail.example.com", 465, False, True),
    ],
)
def test_email_urls(url: str, port: int, starttls: bool, tls: bool) -> None:
    settings = email_config(url).settings
    assert settings["EMAIL_PORT"] == port
    assert (settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (starttls, tls)


def test_a_password_with_special_characters_is_unquoted_and_never_described() -> None:
    config = email_config("smtps://user%40example.com:p%40ss%2Fword@mail.example.com")
    assert config.settings["EMAIL_HOST_USER"] == "user@example.com"
    assert config.settings["EMAIL_HOST_PASSWORD"] == "p@ss/word"
    assert config.described == "smtps://mail.example.com:465"


def test_anymail_providers_by_url() -> None:
    settings = email_config("anymail+mailgun://key-1?sender_domain=mg.example.com").settings
    assert settings["EMAIL_BACKEND"] == "anymail.backends.mailgun.EmailBackend"
    assert settings["ANYMAIL"] == {"MAILGUN_API_KEY": "key-1", "MAILGUN_SENDER_DOMAIN": "mg.example.com"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("anymail+postmark://k", {"POSTMARK_SERVER_TOKEN": "k"}),
        ("anymail+mailjet://k:s", {"MAILJET_API_KEY": "k", "MAILJET_SECRET_KEY": "s"}),
        ("anymail+mailersend://k", {"MAILERSEND_API_TOKEN": "k"}),
        ("anymail+sendgrid://k%2F1", {"SENDGRID_API_KEY": "k/1"}),
        ("anymail+brevo://k", {"BREVO_API_KEY": "k"}),
        ("anymail+resend://k", {"RESEND_API_KEY": "k"}),
        ("anymail+sparkpost://k", {"SPARKPOST_API_KEY": "k"}),
        ("anymail+mandrill://k", {"MANDRILL_API_KEY": "k"}),
        ("anymail+scaleway://k?project_id=p", {"SCALEWAY_SECRET_KEY": "k", "SCALEWAY_PROJECT_ID": "p"}),
        ("anymail+amazon-ses://", {}),
        ("anymail+amazon-ses://?configuration_set_name=c", {"AMAZON_SES_CONFIGURATION_SET_NAME": "c"}),
        (
            "anymail+unisender-go://k?api_url=https://x/",
            {"UNISENDER_GO_API_KEY": "k", "UNISENDER_GO_API_URL": "https://x/"},
        ),
        ("anymail+postal://k?api_url=https://x/", {"POSTAL_API_KEY": "k", "POSTAL_API_URL": "https://x/"}),
    ],
)
def test_each_mail_provider_is_given_its_key_under_its_own_name(
    url: str, expected: dict[str, str], settings: Settings
) -> None:
    config = email_config(url)
    assert config.settings["ANYMAIL"] == expected
    settings.ANYMAIL, settings.EMAIL_BACKEND = expected, config.settings["EMAIL_BACKEND"]
    # Amazon's own library is an extra of the extra; anymail warns of SendGrid, which it cannot try any more.
    if "amazon" not in url and "sendgrid" not in url:
        get_connection()


@pytest.mark.parametrize(
    "wrong", ["anymail+mailjet://k", "anymail+mailjet://k:", "anymail+mailgun://", "anymail+x://k"]
)
def test_a_mail_provider_without_its_key_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"EMAIL_URL .*write"):
        email_config(wrong)


def test_a_missing_key_is_asked_for_without_repeating_the_other() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        email_config("anymail+mailjet://s3cret")
    assert "s3cret" not in str(refused.value)
    assert "anymail+mailjet://<api_key>:<secret_key>" in str(refused.value)


def test_countries_are_iso_codes_or_calling_codes() -> None:
    assert sms_countries(["gb", " DE", "+44", "1", ""]) == ["GB", "DE", "+44", "1"]
    for wrong in ("Narnia", "ZZ", "+999", "0"):
        with pytest.raises(ImproperlyConfigured, match=r"GB or \+44"):
            sms_countries(["GB", wrong])


def test_routing_engines_are_asked_in_the_order_in_which_they_are_written() -> None:
    engines = routing_engines(
        "valhalla://10.0.0.7, valhalla+https://me:s3cret@maps.example.com/v3/,google-routes://AIzaSy-Key_%2F"
        ",tomtom://s3cretKey?base_url=http://127.0.0.1:8080/,estimate://"
    )
    assert [(engine.scheme, engine.base_url, engine.key) for engine in engines] == [
        ("valhalla", "http://10.0.0.7:8002", ""),
        ("valhalla+https", "https://maps.example.com/v3", "me:s3cret"),
        ("google-routes", "https://routes.googleapis.com", "AIzaSy-Key_/"),
        ("tomtom", "http://127.0.0.1:8080", "s3cretKey"),
    ]
    assert [engine.described for engine in engines] == [
        "valhalla://10.0.0.7:8002",
        "valhalla+https://maps.example.com",
        "google-routes://routes.googleapis.com",
        "tomtom://127.0.0.1:8080",
    ]
    assert "s3cret" not in repr(engines)
    assert routing_engines("estimate://") == ()


@pytest.mark.parametrize(
    "wrong",
    [
        "nonsense",
        "",
        "osrm://user:s3cret@host",
        "valhalla://",
        "valhalla://host:s3cret",
        "google-routes://",
        "google-routes://s3cret/v2",
        "tomtom://s3cret?base_url=api.tomtom.com",
        "tomtom://key?base_url=https://me:s3cret@proxy.example.com",
        "tomtom://s3cret?base_url=http://[::1",
        "tomtom://s3cret?baseurl=https://api.tomtom.com",
        "tomtom://s3cret,",
        "estimate://?speed=s3cret",
    ],
)
def test_routing_engines_that_are_not_there_are_refused_without_their_key(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"ROUTING_URL .*write ") as refused:
        routing_engines(wrong)
    assert "s3cret" not in str(refused.value)


def test_the_estimate_answers_always_so_it_is_last() -> None:
    with pytest.raises(ImproperlyConfigured, match="write it last"):
        routing_engines("estimate://,tomtom://key")


@pytest.mark.parametrize(
    "wrong", ["nonsense", "", "nonsense://x", "postgres://u:s3cret@host:54E2/db", "mysql://u:s3cret@host/db", "://"]
)
def test_a_database_url_that_cannot_be_read_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DATABASE_URL cannot be read; write postgres://") as refused:
        database_config(wrong)
    assert "s3cret" not in str(refused.value)


def test_database_urls() -> None:
    assert database_config("sqlite:////data/db.sqlite3")["NAME"] == "/data/db.sqlite3"
    config = database_config("postgres://u:p%40ss@host:5433/name")
    assert (config["ENGINE"], config["PASSWORD"], config["PORT"]) == ("django.db.backends.postgresql", "p@ss", 5433)


@pytest.mark.parametrize("wrong", ["nonsense", "nonsense://u:s3cret@host", "redis://u:s3cret@[::1", "://"])
def test_a_cache_url_that_cannot_be_read_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"CACHE_URL cannot be read; write for example redis://") as refused:
        cache_config(wrong)
    assert "s3cret" not in str(refused.value)


def test_a_redis_that_hangs_keeps_nobody_long_unless_the_address_says_so() -> None:
    assert cache_config("")["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"
    assert "OPTIONS" not in cache_config("locmemcache://")
    config = cache_config("rediss://u:p@host:6379/0?socket_timeout=3")
    assert config["LOCATION"] == "rediss://u:p@host:6379/0"
    assert config["OPTIONS"] == {"socket_connect_timeout": 1, "socket_timeout": 3}


def test_without_the_client_of_redis_it_says_what_to_install(dead_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_can_be_used(None) == []
    caches.close_all()
    del caches[CONFIGURED]
    monkeypatch.setitem(sys.modules, "redis", None)
    [error] = cache_can_be_used(None)
    assert error.msg == "The cache of CACHE_URL cannot be used (ModuleNotFoundError)."
    assert "install its client (here: redis)" in str(error.hint)


@pytest.mark.parametrize("wrong", ["mail.example.com:25", "imap://mail.example.com", "smtp://", "smtp://host:port"])
def test_a_bad_email_url_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL cannot be read; write"):
        email_config(wrong)


@pytest.mark.parametrize(
    "wrong", ["twilio://+15550100000", "twilio://SID:TOKEN@", "carrier-pigeon://x", "http-post://"]
)
def test_a_bad_sms_url_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SMS_URL"):
        sms_config(wrong)


def test_no_secret_of_the_sms_url_is_described_or_printed() -> None:
    config = sms_config("twilio://AC1:s3cret@ACME?base_url=http://127.0.0.1:9999")
    assert config.host == "ACME"
    assert config.options == {"base_url": "http://127.0.0.1:9999"}
    assert "s3cret" not in f"{config!r} {config.described}"


def test_the_secret_key_is_made_once_and_kept_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "below" / "secret-key"
    first = kept_secret(path)
    assert kept_secret(path) == first
    assert len(first) > 50
    assert path.stat().st_mode & 0o077 == 0


def test_processes_that_start_at_once_use_one_secret_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret-key"

    def another_is_quicker(length: int) -> str:
        path.write_text("the other's")
        return "ours"

    monkeypatch.setattr("secrets.token_urlsafe", another_is_quicker)
    assert kept_secret(path) == path.read_text() == "the other's"
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]


def started(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py check` as a person would, with these variables."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**inherited, "DATA_DIR": str(tmp_path), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"SITE_URL": "portal.example.com"}, "write the whole origin with its scheme"),
        ({"EMAIL_URL": "mail.example.com"}, "EMAIL_URL cannot be read; write"),
        ({"DELIVERY_MODE": "on"}, "write one of simulate, guest-list, live"),
        ({"DELIVERY_MODE": "live"}, "neither EMAIL_URL nor SMS_URL is set"),
        ({"EMAIL_URL": "smtp://127.0.0.1", "EMAIL_FROM": "me"}, "not an email address"),
        ({"SITE_URL": "https://portal.example.com"}, "SECRET_KEY is not set"),
        ({"SITE_URL": "http://localhost:80O0"}, "SITE_URL cannot be read; write for example"),
        ({"EMAIL_URL": "anymail+nonsense://key"}, "EMAIL_URL names a mail provider that is not known"),
        ({"EMAIL_URL": "anymail+postal://key", "EMAIL_FROM": "a@example.com"}, "The mail provider of EMAIL_URL"),
        ({"ROUTING_URL": "nonsense"}, "ROUTING_URL cannot be read; write valhalla://"),
        ({"SMS_URL": "apprise+nonsense://x/{to}"}, "apprise cannot read SMS_URL"),
        ({"SMS_URL": "apprise+nonsense://x"}, "write {to} once"),
        ({"SMS_COUNTRIES": "GB,Narnia"}, "SMS_COUNTRIES names 'Narnia'; write"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL cannot be read; write"),
        ({"CACHE_URL": "nonsense"}, "CACHE_URL cannot be read; write"),
        ({"CACHE_URL": "redis://me:s3cret@host:port/0"}, "The cache of CACHE_URL cannot be used (ValueError)"),
        ({"CACHE_URL": "redis://127.0.0.1/0?colour=red"}, "The cache of CACHE_URL cannot be used (TypeError)"),
        ({"CACHE_URL": "memcache://127.0.0.1:11211"}, "CACHE_URL cannot be read; write"),
    ],
)
def test_nothing_starts_on_a_setting_that_cannot_work(tmp_path: Path, env: dict[str, str], sentence: str) -> None:
    result = started(tmp_path, **env)
    assert result.returncode != 0
    assert sentence in result.stderr
    assert "KeyError" not in result.stderr
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize(
    "env", [{}, {"DELIVERY_MODE": "live", "EMAIL_URL": "smtp://127.0.0.1:2525"}, {"CACHE_URL": "redis://127.0.0.1:1/0"}]
)
def test_with_nothing_or_little_configured_it_starts(tmp_path: Path, env: dict[str, str]) -> None:
    result = started(tmp_path, **env)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("", []),
        ("https://tile.example.com/{z}/{x}/{y}.png", ["https://tile.example.com"]),
        ("https://{s}.tile.example.com:8443/{z}/{x}/{y}.png?key=1", ["https://*.tile.example.com:8443"]),
        ("http://127.0.0.1:8080/{z}/{x}/{y}.png", ["http://127.0.0.1:8080"]),
    ],
)
def test_the_pictures_of_maps_come_from_one_host(url: str, hosts: list[str]) -> None:
    assert tile_hosts(url) == hosts


@pytest.mark.parametrize(
    "url",
    [
        "tile.example.com/{z}/{x}/{y}.png",
        "https://tile.example.com/",
        "javascript:{z}{x}{y}",
        "https://a.example 'unsafe-inline'/{z}/{x}/{y}",
        "https://a.example;script-src */{z}/{x}/{y}",
        "https://a{s}.example/{z}/{x}/{y}",
        "https:///{z}/{x}/{y}",
    ],
)
def test_an_address_that_is_none_of_tiles_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="MAP_TILES_URL cannot be read"):
        tile_hosts(url)


SHOW = """
import django, json; django.setup()
from django.conf import settings
from django.test import Client
said = Client(SERVER_NAME="portal.example.com").get("/health/live", secure=True)
names = [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME]
kept = [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_DOMAIN,
        settings.CSRF_COOKIE_DOMAIN, settings.SESSION_COOKIE_PATH, settings.CSRF_COOKIE_PATH]
print(json.dumps([names, kept, said.headers.get("Strict-Transport-Security")]))
"""


@pytest.mark.parametrize(
    ("env", "names", "transport"),
    [
        ({}, ["sessionid", "csrftoken"], None),
        ({"HSTS_PRELOAD": "1"}, ["__Host-sessionid", "__Host-csrftoken"], "includeSubDomains; preload"),
        ({"HSTS_PRELOAD": "0"}, ["__Host-sessionid", "__Host-csrftoken"], "includeSubDomains"),
    ],
)
def test_over_https_cookies_are_of_this_host_only_and_preloading_is_asked_for(
    tmp_path: Path, env: dict[str, str], names: list[str], transport: str | None
) -> None:
    if env:
        env = {**env, "SITE_URL": "https://portal.example.com", "SECRET_KEY": "x" * 60}
    else:
        env = {"ALLOWED_HOSTS": "portal.example.com"}
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "fsportal.settings"}
    said = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env={**environment, **env}, capture_output=True, text=True, check=True
    )
    found, kept, header = json.loads(said.stdout)
    assert found == names
    if transport:
        # What browsers ask of such a name: Secure, no Domain, the whole path.
        assert kept == [True, True, None, None, "/", "/"]
        assert header == f"max-age=31536000; {transport}"
    else:
        assert header is None
