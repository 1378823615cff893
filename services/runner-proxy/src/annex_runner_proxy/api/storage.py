"""`GET /internal/v1/installs/{install_id}/storage`: what an install uses of its storage."""

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_runner_proxy.actions.execute import ExecutionPorts
from annex_runner_proxy.actions.read_storage_usage import read_storage_usage
from annex_runner_proxy.actions.storage_desk import StorageDesk
from annex_runner_proxy.domain.errors import CallerRefused
from annex_shared.contracts.storage import StorageUsage
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import InstallId, TenantId, parse_uuid
from annex_shared.service_tokens import Caller


def storage_usage_handler(ports: ExecutionPorts, desk: StorageDesk) -> Handler:
    async def get_storage_usage(request: web.Request) -> web.Response:
        tenant_id = _tenant_of(caller_of(request))
        install_id = InstallId(parse_uuid(request.match_info["install_id"], field="install_id"))
        usage = await read_storage_usage(
            install_id, tenant_id=tenant_id, installs=ports.installs, records=ports.records, desk=desk
        )
        document = StorageUsage(
            install_id=str(install_id),
            bytes=usage.bytes_used,
            max_bytes=desk.limits.total_bytes,
            keys=usage.keys,
            namespaces=usage.namespaces,
            max_namespaces=desk.limits.namespaces,
        )
        return web.json_response(text=document.model_dump_json(), headers={"cache-control": "no-store"})

    return get_storage_usage


def _tenant_of(caller: Caller) -> TenantId:
    if caller.issuer != "gateway" or caller.tenant_id is None:
        raise CallerRefused("Only the gateway asks what is stored, and for one tenant.")
    return caller.tenant_id
