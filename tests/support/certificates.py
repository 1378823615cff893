"""Authorities and certificates made for one test, good ones unless told otherwise."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2100, 1, 1, tzinfo=UTC)
CODE_SIGNING = (ExtendedKeyUsageOID.CODE_SIGNING,)
AuthorityKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _uris(*uris: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])


def pem(*certificates: x509.Certificate) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


@dataclass(frozen=True)
class Authority:
    """An authority with its key; it issues leaves and further authorities."""

    certificate: x509.Certificate
    key: AuthorityKey

    @classmethod
    def root(cls, name: str = "Root", key: AuthorityKey | None = None, **how: Any) -> "Authority":
        key = key or ec.generate_private_key(ec.SECP256R1())
        return cls(_authority(name, key, name, key, **how), key)

    def below(self, name: str, key: AuthorityKey | None = None, **how: Any) -> "Authority":
        key = key or ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        return Authority(_authority(name, key, str(issuer), self.key, **how), key)

    def leaf(
        self,
        key: Any,
        *,
        publishers: tuple[str, ...] = ("acme",),
        usage: tuple[x509.ObjectIdentifier, ...] | None = CODE_SIGNING,
        begin: datetime = BEGIN,
        end: datetime = END,
        is_authority: bool = False,
    ) -> x509.Certificate:
        builder = _begun("Acme Release", key, self.certificate.subject, self.key, begin=begin, end=end)
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        if publishers:
            names = _uris(*(f"annex:publisher/{publisher}" for publisher in publishers))
            builder = builder.add_extension(names, critical=False)
        else:
            builder = builder.add_extension(_uris("https://acme.example"), critical=False)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        return _signed(builder, self.key)


def _authority(
    name: str,
    key: AuthorityKey,
    issuer: str,
    issuer_key: AuthorityKey,
    *,
    begin: datetime = BEGIN,
    end: datetime = END,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _begun(name, key.public_key(), _name(issuer), issuer_key, begin=begin, end=end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return _signed(builder.add_extension(usage, critical=True), issuer_key)


def _begun(
    name: str, key: Any, issuer: x509.Name, issuer_key: AuthorityKey, *, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(issuer_id, critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: AuthorityKey) -> x509.Certificate:
    return builder.sign(key, None if isinstance(key, Ed25519PrivateKey) else hashes.SHA256())


def server_certificate(folder: Path, name: str) -> None:
    """Write `ca.pem`, and `server.pem` with `server.key` for a server of that name."""
    authority = Authority.root()
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _begun(
        name, key.public_key(), authority.certificate.subject, authority.key, begin=BEGIN, end=END
    )
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    leaf = _signed(builder.add_extension(names, critical=False), authority.key)
    (folder / "ca.pem").write_text(pem(authority.certificate))
    (folder / "server.pem").write_text(pem(leaf))
    (folder / "server.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
