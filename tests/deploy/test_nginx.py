"""The nginx example: nginx itself reads it."""

import shutil
import subprocess
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / "deploy" / "nginx.conf"


@pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="NOT TESTED: no nginx or no openssl here"
)
def test_nginx_finds_no_fault_in_it(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=portal.example.com"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=True)
    folder = "/etc/letsencrypt/live/portal.example.com"
    text = CONFIG.read_text().replace(f"{folder}/fullchain.pem", str(certificate))
    text = text.replace(f"{folder}/privkey.pem", str(key)).replace("/var/log/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; events {{}}\nhttp {{\naccess_log off;\n{text}\n}}\n")
    command = ["nginx", "-t", "-q", "-c", str(whole), "-e", str(tmp_path / "error.log")]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stderr


def test_no_address_with_a_code_is_written_down_and_no_client_chooses_its_own() -> None:
    text = CONFIG.read_text()
    assert text.count("access_log off;") == text.count("server {") == 2
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "location = /metrics { return 404; }" in text
