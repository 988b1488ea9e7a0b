"""Compares two folders of pictures: `python -m tests.screens_compare BEFORE AFTER [SIDE-BY-SIDE]`.

Prints for each pair how many pixels differ and where; what differs is written side by side, with the differences
marked, into the third folder.
"""

import sys
from pathlib import Path

from PIL import Image, ImageChops

#: Of 255, in any channel: less is how letters and curves are smoothed.
VISIBLE = 4


def difference(before: Image.Image, after: Image.Image) -> Image.Image:
    """Return white where the pictures differ; one that is shorter differs in all that it lacks."""
    size = max(before.width, after.width), max(before.height, after.height)
    sheets = []
    for picture in (before, after):
        sheet = Image.new("RGB", size, "magenta" if picture is before else "lime")
        sheet.paste(picture)
        sheets.append(sheet)
    channels = ImageChops.difference(*sheets).split()
    most = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    return most.point(lambda value: 255 if value > VISIBLE else 0)


def side_by_side(before: Image.Image, after: Image.Image, where: Image.Image) -> Image.Image:
    """Return before, after, and after in grey with the differences in red."""
    marked = Image.new("RGB", where.size, "white")
    marked.paste(Image.blend(after.convert("L").convert("RGB"), Image.new("RGB", after.size, "white"), 0.6))
    marked.paste("red", mask=where)
    sheet = Image.new("RGB", (before.width + after.width + marked.width + 40, where.height), "grey")
    sheet.paste(before)
    sheet.paste(after, (before.width + 20, 0))
    sheet.paste(marked, (before.width + after.width + 40, 0))
    return sheet


def compare(old: Path, new: Path, out: Path | None) -> str:
    """Return a line about one pair; empty when they are the same."""
    if not new.exists() or not old.exists():
        return "only before" if old.exists() else "only after"
    before, after = Image.open(old).convert("RGB"), Image.open(new).convert("RGB")
    where = difference(before, after)
    count = where.histogram()[255]
    if not count:
        return ""
    if out is not None:
        side_by_side(before, after, where).save(out / new.name)
    sizes = "" if before.size == after.size else f", {before.size} is now {after.size}"
    return f"{count} pixels of {where.width * where.height} within {where.getbbox()}{sizes}"


def main(old: str, new: str, out: str | None = None) -> None:
    """Compare the folders; exits with 1 when something differs."""
    folder = Path(out) if out else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    names = sorted({path.name for place in (old, new) for path in Path(place).glob("*.png")})
    found = {name: said for name in names if (said := compare(Path(old, name), Path(new, name), folder))}
    for name, said in found.items():
        print(f"{name}: {said}")
    print(f"{len(names) - len(found)} of {len(names)} are the same.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
