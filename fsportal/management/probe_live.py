"""Exit 0 if the web server answers. For the container's health check: no Django, as it runs every few seconds."""

import os
import sys
import urllib.error
import urllib.request
from http import HTTPStatus


def is_live(port: str) -> bool:
    try:
        # `localhost` is among the ALLOWED_HOSTS unless they are set; a 400 for another name is an answer, too.
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=4) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except urllib.error.HTTPError as error:
        return error.code == HTTPStatus.BAD_REQUEST
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not is_live(os.environ.get("PORT", "8000")))
