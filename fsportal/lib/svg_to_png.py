"""Draws an SVG as a PNG, in a process of its own: `python -I svg_to_png.py WIDTH HEIGHT <drawing >picture`.

A drawing can ask for more memory than there is, and the renderer then ends its process. This one may end; it gets
little memory and time, no fonts, and nothing but what its standard input says. It imports nothing of ours.
"""

import resource
import sys

MEMORY = 1024**3  # bytes
SECONDS = 5


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import resvg_py  # noqa: PLC0415  (within the limits)

    width, height = map(int, sys.argv[1:])
    drawing = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(
        resvg_py.svg_to_bytes(svg_string=drawing, width=width, height=height, skip_system_fonts=True)
    )


if __name__ == "__main__":
    main()
