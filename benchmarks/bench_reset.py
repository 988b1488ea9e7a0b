"""How long the page for forgotten passwords takes for addresses that are known, unknown, closed, and without password.

Over HTTP, against a running portal with these users:  python benchmarks/bench_reset.py http://127.0.0.1:8000 KNOWN
Limits count by client and address; for the asks to get through, run it with the portal's own DATABASE_URL and DATA_DIR,
so that it can forget the counts.
"""

import os
import random
import statistics
import sys
import time

import django
import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsportal.settings")
django.setup()

from fsportal.models import Tally  # noqa: E402  (needs the line above)

ASKS = 100


def main(origin: str, known: str) -> None:
    """Ask in random order, and print the medians and their spread."""
    taken: dict[str, list[float]] = {"known": [], "unknown": []}
    with httpx.Client(base_url=origin) as client:
        page = client.get("/accounts/password/reset/")
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        for number in range(ASKS):
            for kind in random.sample(sorted(taken), len(taken)):
                address = known if kind == "known" else f"nobody{number}@example.com"
                Tally.objects.all().delete()
                began = time.perf_counter()
                answer = client.post("/accounts/password/reset/", data={"email": address, "csrfmiddlewaretoken": token})
                taken[kind].append(time.perf_counter() - began)
                assert answer.status_code == 302, answer.status_code
    medians = {kind: statistics.median(times) for kind, times in taken.items()}
    for kind, median in medians.items():
        print(f"{kind:8} median {median * 1000:6.2f} ms of {ASKS} asks")
    print(f"spread   {max(medians.values()) / min(medians.values()):.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
