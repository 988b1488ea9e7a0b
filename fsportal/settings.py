"""All settings, read from the environment (docs/operations.md lists the names)."""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from fsportal.conf.environment import (
    DELIVERY_MODES,
    LOG_FORMATS,
    address_below,
    cache_config,
    database_config,
    email_config,
    host_names,
    kept_secret,
    long_enough,
    one_of,
    origin,
    routing_engines,
    sms_config,
    sms_countries,
    tile_hosts,
    webhook_secret,
)
from fsportal.conf.geocoders import geocoders
from fsportal.conf.identity_providers import identity_providers
from fsportal.conf.mail_reports import mailbox_config, webhook_settings
from fsportal.metrics.folder import metrics_folder

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # `start` closes one that others may read

DEBUG = env.bool("DEBUG", default=False)
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_PROCESSES = env.int("WEB_PROCESSES", default=2)  # of gunicorn, each with four threads
SITE_URL = origin(env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}"), "SITE_URL")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
# A public origin means production: everything that browsers enforce over TLS is on.
SECURE = SITE_URL.startswith("https://")
# The demo company is for looking around; a public site gets it only if asked for.
DEMO = env.bool("DEMO", default=not SECURE)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[SITE_HOST, "127.0.0.1", "localhost"])

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if SECURE:
        raise ImproperlyConfigured("SECRET_KEY is not set; write a long random value into the environment")
    SECRET_KEY = kept_secret(DATA_DIR / "secret-key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# The outside accounts with which people may sign in (docs/decisions/0012-sign-in.md).
SOCIALACCOUNT_PROVIDERS = identity_providers(env.str("IDENTITY_PROVIDERS", default=""))

INSTALLED_APPS = [
    "fsportal.apps.SettingsAreaConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # its widget templates, for FORM_RENDERER
    "django_q",
    "crispy_forms",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *(f"allauth.socialaccount.providers.{name}" for name in {"openid_connect", *SOCIALACCOUNT_PROVIDERS}),
    "fsportal.apps.FsportalConfig",
    "notifications",
    "bookings",
    "portal",
]

MIDDLEWARE = [
    "fsportal.lib.request_ids.RequestIds",
    "fsportal.lib.origin.KeepOrigin",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fsportal.lib.compression.CompressPages",
    "notifications.inapp.poll.UnchangedPoll",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # allauth's UserSessionsMiddleware is left out on purpose: it writes a row on every request.
    "allauth.account.middleware.AccountMiddleware",
    "portal.access.middleware.SecondFactorMiddleware",
    "portal.access.middleware.IdentityProviderMiddleware",
    "portal.access.middleware.SignInIsNotStored",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "fsportal.settings_area.company_zone.CompanyZoneMiddleware",
    "portal.access.middleware.ReadOnlyWhileLooking",
    "portal.access.middleware.ButtonsOnly",
    "fsportal.odd_input.OddInput",
]

ROOT_URLCONF = "fsportal.urls"
WSGI_APPLICATION = "fsportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fsportal.context.portal_settings",
                "portal.access.context.looking",
            ]
        },
    },
    {
        # Plain text (email text parts, subjects, SMS) never goes through HTML escaping.
        "NAME": "text",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"autoescape": False},
    },
]
# An address typed without a scheme means https (the default in Django 6).
FORMS_URLFIELD_ASSUME_HTTPS = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["portal"]
CRISPY_TEMPLATE_PACK = "portal"

# --- Data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": database_config(env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}"))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE ended "database is locked"; WAL lets readers go on beside the writer (docs/decisions/0007-sqlite.md).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["ENGINE"] = "fsportal.lib.postgresql"
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
    # Only what fsportal/lib/prepared.py asks is prepared. A pooler that hands each transaction to another connection
    # must know prepared statements (PgBouncer from 1.21 on does); otherwise switch them off.
    if env.bool("PREPARED_STATEMENTS", default=True):
        DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 2**31
# For SQLite too: closing the last connection writes the whole WAL back and waits for the disk.
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "fsportal.User"

# Everything uses `default`, which fails open; only the health probe asks the configured cache itself.
CACHES = {
    "default": {"BACKEND": "fsportal.lib.cache.FailOpenCache", "LOCATION": "configured"},
    "configured": cache_config(env.str("CACHE_URL", default="")),
}

# --- Words, times ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("ar", "العربية"),
    ("he", "עברית"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# Only Leaflet's own files of django-leaflet: installed as an app it needs GDAL, for forms that are not used here.
_LEAFLET = Path(find_spec("leaflet").submodule_search_locations[0])  # type: ignore[union-attr,index]
STATICFILES_DIRS = [BASE_DIR / "static", ("leaflet", _LEAFLET / "static" / "leaflet")]
MEDIA_URL = "media/"
MEDIA_ROOT = DATA_DIR / "media"
# Django would let everybody on the machine read them, whatever the umask.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "fsportal.lib.static_files.HashedStaticFiles"},
}

# --- Sign-in with django-allauth (docs/decisions/0012-sign-in.md) ----------------------------------------------------
# It extends Django's own and is the only one: a second backend would be a second way to guess.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
BREACHED_PASSWORDS_URL = address_below(env.str("BREACHED_PASSWORDS_URL", default=""), "BREACHED_PASSWORDS_URL")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    # Django's 20,000 common passwords come from breaches too and need no network.
    {
        "NAME": "fsportal.lib.breached_passwords.BreachedPasswordValidator"
        if BREACHED_PASSWORDS_URL
        else "django.contrib.auth.password_validation.CommonPasswordValidator"
    },
]
PWNED_PASSWORDS = {"API_TIMEOUT": 1.0}  # seconds; then Django's own list is asked
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.sign_in.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "portal.sign_in.adapters.SocialAccountAdapter"
MFA_ADAPTER = "portal.sign_in.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# An invitation identifies a customer; addresses are not verified separately.
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A clock may be a step off, and a code is typed at the end of one (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1
ACCOUNT_EMAIL_NOTIFICATIONS = True  # sent through the outbox (portal/sign_in/adapters.py)
ACCOUNT_FORMS = {
    "login": "portal.sign_in.forms.LoginForm",
    "reset_password": "portal.sign_in.forms.ResetPasswordForm",
    "reset_password_from_key": "portal.sign_in.forms.ResetPasswordKeyForm",
    "change_password": "portal.sign_in.forms.ChangePasswordForm",
    "set_password": "portal.sign_in.forms.SetPasswordForm",
    "reauthenticate": "portal.sign_in.forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "portal.sign_in.forms.AuthenticateForm",
    "reauthenticate": "portal.sign_in.forms.ReauthenticateByCodeForm",
    "activate_totp": "portal.sign_in.forms.ActivateTOTPForm",
    "login_webauthn": "portal.sign_in.forms.LoginByPasskeyForm",
    "authenticate_webauthn": "portal.sign_in.forms.AuthenticateByPasskeyForm",
    "reauthenticate_webauthn": "portal.sign_in.forms.ReauthenticateByPasskeyForm",
    "add_webauthn": "portal.sign_in.forms.AddPasskeyForm",
    "edit_webauthn": "portal.sign_in.forms.RenamePasskeyForm",
}
ACCOUNT_RATE_LIMITS = {
    # Only failed tries count. An office behind one address stays well below; the limit per account is high, so that
    # it is hard to lock somebody else out. Second factors have a limit of their own (portal/sign_in/forms.py).
    "login_failed": "20/5m/ip,50/5m/key",
    "login": "60/5m/ip",
    # Each request may be a message, and counts whether or not somebody has the address.
    "reset_password": "20/15m/ip,5/15m/key",
    "reset_password_from_key": "20/5m/ip",
    "reauthenticate": "20/5m/user",
    "change_password": "10/5m/user",
}
# Django's own includes the address in the token; allauth's copies the address into a table of its own.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
PASSWORD_RESET_TIMEOUT = 3600  # seconds
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
# A provider's word for an address is not enough: people without an account redeem an invitation, then connect.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SESSION_ENGINE = "fsportal.lib.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds, for those who stay signed in; otherwise until the browser closes

# --- Browser security -----------------------------------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
if SECURE:
    # Browsers take a cookie of such a name from this host only, so that no other host of the domain can plant one.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = SECURE and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
# Browsers' lists take in the whole domain, and let nobody out for months.
SECURE_HSTS_PRELOAD = SECURE and env.bool("HSTS_PRELOAD", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
# Health probes and Prometheus may ask over plain HTTP from inside the machine.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "SAMEORIGIN"  # the notification center shows our own records in dialogs and side panes
SILENCED_SYSTEM_CHECKS = [
    "security.W019",  # asks for DENY "unless there is a good reason": the line above
    "security.W021",  # asks for HSTS_PRELOAD, which is for whoever runs the domain to decide
]
SECURE_REFERRER_POLICY = "same-origin"
# Other hosts whose https images in-app notifications may show as their icon.
ICON_HOSTS = host_names(env.list("ICON_HOSTS", default=[]), "ICON_HOSTS")
# Other hosts whose pages a card action may show in a dialog; all others open a new window.
FRAME_HOSTS = host_names(env.list("FRAME_HOSTS", default=[]), "FRAME_HOSTS")
# Map tiles; without them maps are plain. `{s}` stands for a, b and c, as in Leaflet.
MAP_TILES_URL = env.str("MAP_TILES_URL", default="")
MAP_ATTRIBUTION = env.str("MAP_ATTRIBUTION", default="")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *(f"https://{host}" for host in ICON_HOSTS), *tile_hosts(MAP_TILES_URL)],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF, *(f"https://{host}" for host in FRAME_HOSTS)],
        "frame-ancestors": [SELF],
    }
}

# --- Messages to customers ------------------------------------------------------------------------------------------
DELIVERY_MODE = one_of(env.str("DELIVERY_MODE", default="simulate"), "DELIVERY_MODE", DELIVERY_MODES)
EMAIL = email_config(env.str("EMAIL_URL", default=""))
vars().update(EMAIL.settings)
ANYMAIL = webhook_settings(
    EMAIL.settings, env.str("ANYMAIL_WEBHOOK_SECRET", default=""), env.str("ANYMAIL_WEBHOOK_KEY", default="")
)
#: The mailbox to which email comes back.
BOUNCES = mailbox_config(env.str("BOUNCES_URL", default=""))
# An IP address cannot be the domain of an email address.
_MAIL_DOMAIN = SITE_HOST if SITE_HOST[-1:].isalpha() else "localhost"
EMAIL_FROM = DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default=f"portal@{_MAIL_DOMAIN}")
SMS = sms_config(env.str("SMS_URL", default=""))
SMS_INBOUND_SECRET = webhook_secret(env.str("SMS_INBOUND_SECRET", default=""), "SMS_INBOUND_SECRET")
#: How many messages are handed over at once on each channel. Some mail servers allow few connections.
CONNECTIONS = {"email": env.int("EMAIL_CONNECTIONS", default=12), "sms": env.int("SMS_CONNECTIONS", default=6)}
SMS_COUNTRIES = sms_countries(env.list("SMS_COUNTRIES", default=[]))
GEOCODERS = geocoders(env.str("GEOCODER_URL", default=""))
ROUTING = routing_engines(env.str("ROUTING_URL", default="estimate://"))

# --- Worker (docs/decisions/0001-django-q2-is-the-alarm-clock.md) -----------------------------------------------------
Q_CLUSTER = {
    "name": "fsportal",
    "orm": "default",
    "workers": 1,
    "timeout": 300,
    "retry": 360,  # longer than the timeout, or a long task runs twice
    "max_attempts": 1,  # 0, the default, retries forever
    "ack_failures": True,
    "scheduler": False,  # it runs whatever a row names; ours is fsportal/management/schedules.py
    "catch_up": False,  # the default replays every missed slot; our tasks catch up by themselves
    "save_limit": 20,
    "queue_limit": 4,
    "bulk": 1,
    "poll": 0.5,
    "label": "Worker",
}

# --- Metrics (docs/decisions/0019-metrics.md) -------------------------------------------------------------------------
METRICS_TOKEN = long_enough(env.str("METRICS_TOKEN", default=""), "METRICS_TOKEN")
METRICS_DIR = ""
if METRICS_TOKEN:
    # The library looks for this name when it is imported, and not later.
    METRICS_DIR = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(metrics_folder(DATA_DIR, PORT)))
    MIDDLEWARE.insert(1, "fsportal.metrics.request_times.RequestTimes")

# --- Logs (docs/monitoring.md) ----------------------------------------------------------------------------------------
LOG_FORMAT = one_of(env.str("LOG_FORMAT", default="text"), "LOG_FORMAT", LOG_FORMATS)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "fsportal.lib.logs.formatter", "log_format": LOG_FORMAT}},
    "filters": {"hide_codes": {"()": "fsportal.lib.logs.HideCodes"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["hide_codes"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "django-q": {"level": "WARNING"},  # three lines per task, a few tasks per minute
    },
}
