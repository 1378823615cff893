"""`annex sign`: write the signature that travels beside a bundle."""

import click

from annex_cli.errors import FileNotUsable
from annex_cli.local_bundle import read_bundle
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.publishing import SIGNATURE_ALGORITHM
from annex_cli.signing import load_chain, load_key, sign_bundle


@click.command("sign")
@click.argument("file")
@click.option(
    "--key-file", metavar="FILE", required=True, help="The publisher's private key, Ed25519 in PEM."
)
@click.option(
    "--cert-file", metavar="FILE", help="The key's certificate and those above it, in PEM, its own first."
)
@global_flags
@click.pass_context
def command(context: click.Context, file: str, key_file: str, cert_file: str | None) -> None:
    """Sign a bundle; the signature is written beside it as FILE.sig.

    \b
    annex sign acme.notes-1.4.0.tar.zst --key-file acme.pem
    annex sign acme.notes-1.4.0.tar.zst --key-file acme.pem --cert-file acme-chain.pem

    Exit codes: 0 signed, 3 the bundle or the key cannot be used.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    key = load_key(session.path(key_file))
    bundle = read_bundle(session.path(file))
    chain = load_chain(session.path(cert_file)) if cert_file else None
    signature = sign_bundle(bundle, key, chain)
    try:
        bundle.signature_path.write_text(signature + "\n", encoding="utf-8")
    except OSError as error:
        raise FileNotUsable(f"{bundle.signature_path} cannot be written: {error.strerror}.") from None
    data = {
        "file": str(bundle.path),
        "content_hash": str(bundle.content_hash),
        "key_id": key.public.key_id,
        "algorithm": SIGNATURE_ALGORITHM,
        "signature_file": str(bundle.signature_path),
    }
    session.show(
        data,
        f"{session.ok(f'signed {bundle.extension} {bundle.version} with key {key.public.key_id}')}\n"
        f"           {bundle.signature_path.name}",
    )
