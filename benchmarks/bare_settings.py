"""The product's settings with one address more: a view that does nothing, behind the same servers and middleware."""

from fsportal.settings import *  # noqa: F403

ROOT_URLCONF = "bare_urls"
