"""Publish, install and call the sample extension as any publisher and tenant would: over the gateway."""

import asyncio
import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from annex_cli.attempts import AttemptStore
from annex_cli.errors import PlatformRefused
from annex_cli.local_bundle import LocalBundle, read_bundle
from annex_cli.platform_client import Answer, PlatformClient
from annex_cli.publishing import VERSION_ALREADY_EXISTS, publish_bundle
from annex_shared.contracts.installs import CreateInstall, InstallView
from annex_shared.contracts.publish import AddPublisherKey, CreatePublisher
from annex_shared.names import ExtensionRef, PublisherSlug
from annex_shared.signing.envelope import BundleStatement, sign_statement
from annex_shared.signing.keys import SigningKey
from annex_standalone.errors import SampleFailed

# deploy/standalone/src/annex_standalone/sample.py of a clone; the kept bundle needs no Node.
_EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "hello"
_WARMING_SECONDS = 120
_PATH = "/hello"


@dataclass(frozen=True, slots=True)
class Sample:
    """The kept bundle of examples/hello, read and checked."""

    bundle: LocalBundle
    extension: ExtensionRef

    def url(self, gateway_url: str) -> str:
        return f"{gateway_url}/api/ext/{self.extension.segment}{_PATH}"

    def ui_url(self, ui_host_url: str) -> str | None:
        entry = self.bundle.manifest.ui_entry
        if entry is None:
            return None
        page = entry.removeprefix("ui/")
        return f"{ui_host_url}/ext-ui/{self.extension.segment}/{self.bundle.content_hash}/{page}"


def load_sample() -> Sample:
    """Read the bundle kept beside the example's source. Raises SampleFailed when it is not there."""
    archives = sorted(_EXAMPLE.glob("*.tar.zst"))
    if not archives:
        raise SampleFailed(f"{_EXAMPLE} holds no bundle. Restore it from the repository or run `make hello`.")
    bundle = read_bundle(archives[-1])
    if bundle.manifest.publisher is None:
        raise SampleFailed(f"{archives[-1]} names no publisher.")
    return Sample(bundle, ExtensionRef(bundle.manifest.publisher, bundle.manifest.name))


async def publish_sample(
    client: PlatformClient, sample: Sample, key: SigningKey, attempts: AttemptStore
) -> str:
    """Publish the sample, signed by the platform's own publisher key; return what to tell the person."""
    await _own_namespace(client, sample.extension.publisher, key)
    bundle, name = sample.bundle, f"{sample.extension}@{sample.bundle.version}"
    statement = BundleStatement(
        sample.extension.publisher, sample.extension.name, bundle.manifest.version, bundle.content_hash
    )
    try:
        await publish_bundle(client, bundle.path, sign_statement(statement, [key]), attempts=attempts)
    except PlatformRefused as refused:
        if refused.code != VERSION_ALREADY_EXISTS:
            raise
        same = refused.details.get("same_content") is True
        return f"{name} was published before{'' if same else ', from another build of it'}"
    return f"{name}  {bundle.content_hash.short}"


async def _own_namespace(client: PlatformClient, publisher: PublisherSlug, key: SigningKey) -> None:
    """Make sure the namespace exists and trusts the key; both are there already on every later run."""
    create = CreatePublisher(name=str(publisher))
    trust = AddPublisherKey(public_key_pem=key.public.to_pem().decode())
    for path, body in (("/api/v1/publishers", create), (f"/api/v1/publishers/{publisher}/keys", trust)):
        answer = await client.send(
            "POST", path, body=body.model_dump_json().encode(), headers={"content-type": "application/json"}
        )
        if answer.status >= HTTPStatus.BAD_REQUEST and answer.status != HTTPStatus.CONFLICT:
            raise SampleFailed(f"The sample's publisher could not be set up: {_sentence(answer)}")


async def install_sample(client: PlatformClient, sample: Sample) -> InstallView:
    """Install the published version with the capabilities it asks for, unless it is installed already."""
    for install in (await client.installs()).items:
        if install.extension == str(sample.extension):
            return install
    return await client.install(
        CreateInstall(
            extension=str(sample.extension),
            version=sample.bundle.version,
            grants=list(sample.bundle.manifest.capabilities),
            config={"greeting": "Hello"},
        )
    )


async def call_sample(client: PlatformClient, sample: Sample) -> str:
    """Call the sample's endpoint until the version is warm; return its message. Raises SampleFailed."""
    path = f"/api/ext/{sample.extension.segment}{_PATH}"
    deadline = time.monotonic() + _WARMING_SECONDS
    while True:
        answer = await client.send("GET", path)
        if answer.status == HTTPStatus.OK:
            return str(json.loads(answer.body).get("message", ""))
        if answer.status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
            raise SampleFailed(f"The sample did not answer: {_sentence(answer)}")
        await asyncio.sleep(0.5)


def _sentence(answer: Answer) -> str:
    try:
        document = json.loads(answer.body)
        return f"{document['message']} ({document['code']}, request {document['request_id']})"
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status}"
