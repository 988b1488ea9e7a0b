"""Exit 0 when the PostgreSQL server of a URL answers and lets databases be made; otherwise 1, saying why."""

import sys

import psycopg


def main(url: str) -> int:
    """Connect once."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        print(f"No PostgreSQL: {type(error).__name__}")
        return 1
    print(f"PostgreSQL {version // 10000} answers")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
