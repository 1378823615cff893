"""Extension storage on the wire: what an install uses of it."""

from annex_shared.contracts.wire import Exchanged


class StorageUsage(Exchanged):
    """`GET /internal/v1/installs/{install_id}/storage`; expired records count until they are removed."""

    install_id: str
    bytes: int
    max_bytes: int
    keys: int
    namespaces: int
    max_namespaces: int
