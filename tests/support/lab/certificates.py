"""Certificates of the fault lab, made once a world: a public authority everybody trusts, and others."""

import functools
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

# RSA and an intermediate: the server's first answer is larger than a packet, as on the real web.
_DAYS = 1000


@functools.cache
def _key(purpose: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class Authority:
    """An authority with an intermediate; `file` is what those who trust it hold."""

    def __init__(self, folder: Path, organisation: str) -> None:
        self.folder = folder
        self.organisation = organisation
        self.root_name = _name(organisation, "Root")
        self.name = _name(organisation, "Issuing")
        self.root_key, self.key = _key("root"), _key("intermediate")
        root = self._sign(self.root_name, self.root_key, self.root_name, self.root_key)
        self.intermediate = self._sign(self.name, self.key, self.root_name, self.root_key)
        self.file = folder / f"{organisation}.pem"
        self.file.write_bytes(root.public_bytes(Encoding.PEM))

    def issue(
        self,
        *names: str,
        start: timedelta = timedelta(days=-_DAYS),
        end: timedelta = timedelta(days=_DAYS),
        own: bool = False,
    ) -> str:
        """The file with key and chain for these names and addresses; `own` = self-signed."""
        key = _key("leaf")
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        signer = (subject, key) if own else (self.name, self.key)
        leaf = self._sign(subject, key, *signer, names=names, start=start, end=end)
        chain = [leaf] if own else [leaf, self.intermediate]
        path = self.folder / f"{self.organisation}-{names[0]}-{start}-{end}-{own}.pem"
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + b"".join(x.public_bytes(Encoding.PEM) for x in chain)
        )
        return str(path)

    def _sign(
        self,
        subject,
        key,
        issuer,
        by,
        *,
        names=(),
        start=timedelta(days=-_DAYS),
        end=timedelta(days=_DAYS),
    ):
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + start)
            .not_valid_after(now + end)
            .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_alternative(x) for x in names]), critical=False
            )
        return builder.sign(by, hashes.SHA256())


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} {common}"),
        ]
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
