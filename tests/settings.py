"""The product's own settings, with what makes tests quick and keeps them to themselves."""

import atexit
import os
import shutil
import tempfile
import zlib
from pathlib import Path

# Before the import: the settings make DATA_DIR, and a test must never meet somebody's own data.
# Workers of one run are processes of their own, and each has its own folder. The commands that a test starts as
# processes get a DATA_DIR from the test.
_scratch = tempfile.mkdtemp(prefix="fsportal-tests-")
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
for _name in ("DELIVERY_MODE", "EMAIL_URL", "SMS_URL", "CACHE_URL", "SITE_URL", "PORT", "DEMO"):
    os.environ.pop(_name, None)
os.environ.update(DATA_DIR=_scratch, DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{_scratch}/db")

from fsportal.settings import *  # noqa: E402, F403
from fsportal.settings import BASE_DIR, CACHES, DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

MEDIA_ROOT = Path(_scratch) / "media"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No manifest: tests need no collectstatic. The folder must be there, or the static file server warns.
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
CACHES = CACHES | {"configured": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: threads and processes of one test meet in it, as in production.
    DATABASES["default"]["TEST"] = {"NAME": f"{_scratch}/test.sqlite3"}
    # Nobody needs the file after a crash of the machine.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
else:
    # The test runner drops and makes databases; an open connection would prevent that.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    # Two copies of the project may run their tests on one server at once.
    DATABASES["default"]["OPTIONS"] |= {"options": "-c synchronous_commit=off"}  # as above
    DATABASES["default"]["TEST"] = {"NAME": f"test_fsportal_{zlib.crc32(str(BASE_DIR).encode()):08x}"}
