"""Read a version's proof from the registry, for itself and not for a tenant."""

from http import HTTPStatus
from urllib.parse import quote

from annex_shared.http.client import RemoteRefused, ServiceClient, refusal
from annex_shared.version_proofs import LoadedVersion, ProofMissing

_NOT_SIGNED = "LOG_NOT_SIGNED"
_TIMEOUT_SECONDS = 5


async def read_version_proof(client: ServiceClient, loaded: LoadedVersion) -> bytes | ProofMissing:
    """Ask for the proof against the newest checkpoint. Raises RemoteUnavailable."""
    ref = loaded.extension
    path = (
        f"/internal/v1/extensions/{ref.publisher}/{ref.name}/versions/{quote(str(loaded.version), safe='')}"
    )
    answer = await client.request("GET", f"{path}/proof", timeout_seconds=_TIMEOUT_SECONDS)
    if answer.status == HTTPStatus.OK:
        return answer.body
    refused = refusal(answer)
    if not isinstance(refused, RemoteRefused):
        raise refused
    if refused.code == _NOT_SIGNED:
        return ProofMissing(is_pending=refused.details.get("log_index") is not None)
    if answer.status == HTTPStatus.NOT_FOUND:
        return ProofMissing(is_pending=False)
    raise refused
