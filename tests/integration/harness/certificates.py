"""A certificate for one address and its key, which whoever trusts it verifies it with."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Certificate:
    certificate: Path
    key: Path


def make_certificate(directory, *addresses):
    """PEM files, valid for the IP addresses."""
    made = Certificate(directory / "certificate.pem", directory / "key.pem")
    names = ",".join(f"IP:{address}" for address in addresses)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=a server of the tests",
         "-addext", f"subjectAltName={names}", "-keyout", made.key, "-out", made.certificate],
        check=True, capture_output=True)
    return made
