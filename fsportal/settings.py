"""All settings, read from the environment (docs/operations.md lists the names). Fails loudly, with what to write."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from fsportal.environment import (
    database_config,
    delivery_mode,
    email_config,
    kept_secret,
    origin,
    routing_url,
    sms_config,
    sms_countries,
)

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_PROCESSES = env.int("WEB_PROCESSES", default=2)  # of gunicorn, each with four threads
SITE_URL = origin(env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}"), "SITE_URL")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
# "Production" is a public origin: everything that a browser enforces over TLS is then on.
SECURE = SITE_URL.startswith("https://")
# The demo company is for looking around; a public site gets it only when asked.
DEMO = env.bool("DEMO", default=not SECURE)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[SITE_HOST, "127.0.0.1", "localhost"])

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if SECURE:
        raise ImproperlyConfigured("SECRET_KEY is not set; write a long random value into the environment")
    SECRET_KEY = kept_secret(DATA_DIR / "secret-key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

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
    "fsportal.apps.FsportalConfig",
    "notifications",
    "bookings",
    "portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.see_as.ReadOnlyWhileLooking",
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
                "fsportal.context.portal",
                "portal.context.looking",
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
# An address typed without a scheme means https (Django 6 does so by itself).
FORMS_URLFIELD_ASSUME_HTTPS = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["portal"]
CRISPY_TEMPLATE_PACK = "portal"

# --- Data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": database_config(env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}"))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE ended "database is locked"; WAL lets readers go on beside the writer (docs/architecture.md, Decisions).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "fsportal.User"

CACHE_URL = env.str("CACHE_URL", default="")
CACHES = {
    "default": env.cache_url("CACHE_URL")
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "fsportal_cache"}
}

# --- Words, times ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("ar", "العربية"), ("he", "עברית")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Sign-in, browser security --------------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
# The health probes ask over plain HTTP from inside the machine.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Messages to customers ------------------------------------------------------------------------------------------
DELIVERY_MODE = delivery_mode(env.str("DELIVERY_MODE", default="simulate"))
EMAIL = email_config(env.str("EMAIL_URL", default=""))
vars().update(EMAIL.settings)
# A number is no domain for an address: on a machine without a name it is the machine itself.
_MAIL_DOMAIN = SITE_HOST if SITE_HOST[-1:].isalpha() else "localhost"
EMAIL_FROM = DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default=f"portal@{_MAIL_DOMAIN}")
SMS = sms_config(env.str("SMS_URL", default=""))
SMS_COUNTRIES = sms_countries(env.list("SMS_COUNTRIES", default=[]))
ROUTING_URL = routing_url(env.str("ROUTING_URL", default="estimate://"))
MAP_TILES_URL = env.str("MAP_TILES_URL", default="")
MAP_ATTRIBUTION = env.str("MAP_ATTRIBUTION", default="")

# --- Worker: django-q2 is the alarm clock, the outbox is the truth (docs/architecture.md, Decisions) ------------------
Q_CLUSTER = {
    "name": "fsportal",
    "orm": "default",
    "workers": 2,
    "timeout": 300,
    "retry": 360,  # longer than the timeout, or a long task runs twice
    "max_attempts": 1,  # 0, the default, retries for ever
    "ack_failures": True,
    "catch_up": False,  # the default replays every missed slot; our tasks catch up by themselves
    "save_limit": 20,
    "queue_limit": 4,
    "bulk": 1,
    "poll": 0.5,
    "label": "Worker",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"hide_codes": {"()": "fsportal.lib.logs.HideCodes"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["hide_codes"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "django-q": {"level": "WARNING"},  # three lines per task, a few tasks per minute
    },
}
