"""django-post_office, the peer of bench_delivery.py: queues messages of the size of ours, and times sending them.

    peer_post_office.py SMTP-PORT MESSAGES

Its defaults: batches of 100, five threads. Prints messages a second, and milliseconds of processor time for each.
"""

import sys
import tempfile
import time

import django
from django.conf import settings

PORT, MESSAGES = int(sys.argv[1]), int(sys.argv[2])
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{tempfile.mkdtemp()}/db.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
        }
    },
    EMAIL_BACKEND="post_office.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=PORT,
    POST_OFFICE={"MESSAGE_ID_ENABLED": True},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
if len(sys.argv) > 3:  # the same database server as ours
    import environ

    settings.DATABASES["default"] = environ.Env.db_url_config(sys.argv[3])
django.setup()

from django.core.management import call_command  # noqa: E402
from post_office import mail  # noqa: E402
from post_office.models import Email  # noqa: E402

call_command("migrate", verbosity=0)
Email.objects.all().delete()
words = {"subject": "Your visit on Thursday", "message": "text\n" * 120, "html_message": "<p>text</p>\n" * 250}
mail.send_many([{"recipients": f"a{n}@example.com", "sender": "b@example.com", **words} for n in range(MESSAGES)])
began, used = time.perf_counter(), time.process_time()
mail.send_queued_mail_until_done()
took, used = time.perf_counter() - began, time.process_time() - used
assert Email.objects.filter(status=0).count() == MESSAGES
print(MESSAGES / took, used / MESSAGES * 1000)
