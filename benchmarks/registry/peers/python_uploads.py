"""The upload form of Python's package indexes, which devpi and pypiserver take alike."""

import hashlib
import secrets

from benchmarks.registry.port import Artefact


def file_name(package: str, number: str) -> str:
    return f"{package}-{number}.tar.gz"


def upload_form(artefact: Artefact) -> tuple[bytes, dict[str, str]]:
    """Write the form of one file, and the header that says how to read it."""
    boundary = secrets.token_hex(16)
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": artefact.package,
        "version": artefact.number,
        "filetype": "sdist",
        "pyversion": "source",
        "sha256_digest": hashlib.sha256(artefact.content).hexdigest(),
    }
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    name = file_name(artefact.package, artefact.number)
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="content"; filename="{name}"\r\n'
        "content-type: application/octet-stream\r\n\r\n"
    )
    body = b"".join([*parts, head.encode(), artefact.content, f"\r\n--{boundary}--\r\n".encode()])
    return body, {"content-type": f"multipart/form-data; boundary={boundary}"}
