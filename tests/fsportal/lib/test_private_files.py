"""Files of an earlier release are closed to others."""

from pathlib import Path

from fsportal.lib.private_files import close_to_others


def test_files_and_folders_are_closed_and_links_are_not_followed(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    (data / "media").mkdir(parents=True)
    for file in (outside, data / "db.sqlite3", data / "media" / "photo.png", data / "tool"):
        file.touch()
        file.chmod(0o644)
    (data / "tool").chmod(0o755)
    (data / "link").symlink_to(outside)
    (data / "nowhere").symlink_to(tmp_path / "gone")

    assert close_to_others(data) == 5
    modes = {path.name: path.lstat().st_mode & 0o777 for path in (data, *data.rglob("*")) if not path.is_symlink()}
    assert modes == {"data": 0o700, "media": 0o700, "db.sqlite3": 0o600, "photo.png": 0o600, "tool": 0o700}
    assert outside.stat().st_mode & 0o777 == 0o644
    assert close_to_others(data) == 0
