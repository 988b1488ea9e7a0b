"""F20: web and worker are killed while customers text: each text is kept once, and each conversation has one card."""

import base64
import hashlib
import hmac
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from tests.faults.product import execute
from tests.test_start import Started, descendants, eventually

SECRET = "a-secret-of-the-text-webhook-0123456789"
#: Seconds: from the answer of the webhook until the card, and between a provider's tries.
CARD_WITHIN, TRY_AGAIN_AFTER = 5.0, 0.2
PEOPLE = """
import django
django.setup()
from tests.factories import ContactFactory, UserFactory
for number in range({number}):
    ContactFactory(name=f"Customer {{number}}", mobile_phone=f"+4420794{{number:05d}}")
UserFactory(username="desk", is_staff=True, groups=["dispatcher"])
"""
CARDS = "SELECT regarding_id, count(*) FROM notifications_appnotification WHERE kind = 'customer_texted' GROUP BY 1"


def deliver(started: Started, text: dict[str, str]) -> int:
    """Post a signed text until it is taken, as a provider does; return how often that took."""
    body = json.dumps(text).encode()
    for tries in range(1, 1000):
        stamp = str(int(time.time()))
        digest = hmac.new(SECRET.encode(), f"{text['id']}.{stamp}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "content-type": "application/json",
            "webhook-id": text["id"],
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }
        call = urllib.request.Request(f"http://127.0.0.1:{started.port}/hooks/texts/", body, headers)
        with suppress(OSError), urllib.request.urlopen(call, timeout=10) as answer:
            # An answer that was lost on its way, now and then: the same text comes again.
            if answer.status == 200 and (tries > 1 or not text["id"].endswith("3")):
                return tries
        time.sleep(TRY_AGAIN_AFTER)
    raise AssertionError("it is never taken")


def test_no_text_is_lost_or_kept_twice_whatever_is_killed(
    start: Callable[..., Started], database_url: str, size: Callable[[int, int], int]
) -> None:
    people, each, kills = size(4, 20), size(6, 30), size(2, 8)
    product = start(SMS_INBOUND_SECRET=SECRET)
    product.wait_until_ready()
    made = product.run("-c", PEOPLE.format(number=people))
    assert made.returncode == 0, made.stderr
    texts = [
        {"id": f"t-{person}-{number}", "from": f"+4420794{person:05d}", "text": f"text {number} of {person}"}
        for person in range(people)
        for number in range(each)
    ]
    taken: list[int] = []

    def send(mine: list[dict[str, str]]) -> None:
        taken.extend(deliver(product, text) for text in mine)

    clients = [threading.Thread(target=send, args=(texts[number::3],), daemon=True) for number in range(3)]
    for client in clients:
        client.start()
    for kill in range(1, kills + 1):
        eventually(lambda kill=kill: len(taken) >= kill * len(texts) // (kills + 2), "texts come in")  # type: ignore[misc]
        for pid in descendants(product.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    for client in clients:
        client.join(120)
    assert len(taken) == len(texts)
    answered = time.monotonic()
    eventually(lambda: len(execute(database_url, CARDS)) == people, "each conversation has its card", CARD_WITHIN)
    assert time.monotonic() - answered < CARD_WITHIN
    kept = execute(database_url, "SELECT provider_id, body FROM notifications_textreply")
    assert sorted(kept) == sorted((text["id"], text["text"]) for text in texts)
    assert {count for _about, count in execute(database_url, CARDS)} == {1}
    waiting = "SELECT count(*) FROM notifications_conversation WHERE waits_since IS NOT NULL"
    assert execute(database_url, waiting) == [(people,)]
    print(f"{kills} kills, {len(texts)} texts, {sum(taken) - len(taken)} tries again")
