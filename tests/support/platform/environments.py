"""The settings of the four services, as the environment each process reads."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

from support.platform.keys import PlatformKeys
from support.stack.addresses import S3Bucket

HOST = "127.0.0.1"
RELAY_POLL_SECONDS = 0.5
DISPATCH_POLL_SECONDS = 0.5
DELIVERY_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Backing:
    """The servers behind the services. ``database_url`` may create roles; each service gets its own."""

    database_url: str
    bus_url: str
    redis_url: str
    bucket: S3Bucket

    def database_url_of(self, role: str) -> str:
        parts = urlsplit(self.database_url)
        return urlunsplit(parts._replace(netloc=f"{role}@{parts.hostname}:{parts.port}"))

    def bundle_store_url(self) -> str:
        query = urlencode({"endpoint": self.bucket.endpoint_url, "region": self.bucket.region})
        return f"s3://{self.bucket.name}?{query}"


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """Where each service listens."""

    registry: int
    gateway: int
    runner_proxy: int
    ui_host: int


def environments(
    directory: Path, ports: ServicePorts, keys: PlatformKeys, backing: Backing, *, repair_seconds: float
) -> dict[str, dict[str, str]]:
    """Return the environment of every service by its name."""
    registry_url = f"http://{HOST}:{ports.registry}"
    return {
        "registry": {
            **_common("registry", ports.registry, keys, backing),
            "DATABASE_URL": backing.database_url_of("registry_app"),
            "BUNDLE_STORE_URL": backing.bundle_store_url(),
            "BUNDLE_STORE_ACCESS_KEY": backing.bucket.access_key,
            "BUNDLE_STORE_SECRET_KEY": backing.bucket.secret_key,
            "SECRETS_KEY_FILE": str(keys.secrets_keyring),
            "SIGNATURE_POLICY": "required",
            "PUBLISH_BURST": "0",
            "NEW_EXTENSION_BURST": "0",
            "PUBLISHER_AUTO_CREATE": "false",
            "RELAY_POLL_SECONDS": str(RELAY_POLL_SECONDS),
        },
        "gateway": {
            **_common("gateway", ports.gateway, keys, backing),
            "DATABASE_URL": backing.database_url_of("gateway_app"),
            "REDIS_URL": backing.redis_url,
            "API_KEY_PEPPER_FILE": str(keys.pepper),
            "REGISTRY_URL": registry_url,
            "RUNNER_PROXY_URL": f"http://{HOST}:{ports.runner_proxy}",
            "REPAIR_INTERVAL_SECONDS": str(repair_seconds),
        },
        "runner-proxy": {
            **_common("runner-proxy", ports.runner_proxy, keys, backing),
            "DATABASE_URL": backing.database_url_of("runner_proxy_app"),
            "REGISTRY_URL": registry_url,
            "GATEWAY_URL": f"http://{HOST}:{ports.gateway}",
            "DISPATCH_POLL_SECONDS": str(DISPATCH_POLL_SECONDS),
            "DISPATCH_FIRST_WAIT_SECONDS": str(DISPATCH_POLL_SECONDS),
            "DELIVERY_ATTEMPTS": str(DELIVERY_ATTEMPTS),
            "CACHE_ROOT": str(directory / "cache"),
            "SECRETS_KEY_FILE": str(keys.secrets_keyring),
            "REPAIR_INTERVAL_SECONDS": str(repair_seconds),
        },
        "ui-host": {
            **_common("ui-host", ports.ui_host, keys, backing),
            "REGISTRY_URL": registry_url,
            "GATEWAY_URL": f"http://{HOST}:{ports.gateway}",
            "PUBLIC_ORIGIN": f"http://localhost:{ports.ui_host}",
            "FRAME_ANCESTORS": f"http://{HOST}:{ports.gateway}",
            "REPAIR_INTERVAL_SECONDS": str(repair_seconds),
        },
    }


def _common(service: str, port: int, keys: PlatformKeys, backing: Backing) -> dict[str, str]:
    return {
        "HOST": HOST,
        "PORT": str(port),
        "SERVICE_KEY_FILE": str(keys.service_keys[service]),
        "SERVICE_KEYS_FILE": str(keys.peers),
        "BUS_URL": backing.bus_url,
    }
