"""The settings of the four services in the embedded platform, as the environment each of them reads."""

from dataclasses import dataclass

from annex_standalone.home import Home
from annex_standalone.keys import Keys, log_origin
from annex_standalone.ports import HOST, Ports


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the private servers answer; each service logs in to PostgreSQL as its own role."""

    registry_database_url: str
    gateway_database_url: str
    runner_proxy_database_url: str
    migration_database_url: str
    redis_url: str


def registry_environment(home: Home, ports: Ports, keys: Keys, stores: Stores) -> dict[str, str]:
    return {
        **_common("registry", ports.registry, keys),
        "DATABASE_URL": stores.registry_database_url,
        "BUNDLE_STORE_URL": home.folder("bundles").resolve().as_uri(),
        "SECRETS_KEY_FILE": str(keys.secrets_keyring),
        # A key signs what it publishes; an unsigned bundle is accepted and shown as unsigned.
        "SIGNATURE_POLICY": "optional",
        "PUBLISH_BURST": "0",
        "NEW_EXTENSION_BURST": "0",
        "PUBLISHER_AUTO_CREATE": "true",
        "LOG_KEY_FILE": str(keys.log),
        "LOG_ORIGIN": log_origin(home),
    }


def gateway_environment(ports: Ports, keys: Keys, stores: Stores) -> dict[str, str]:
    return {
        **_common("gateway", ports.gateway, keys),
        "DATABASE_URL": stores.gateway_database_url,
        "REDIS_URL": stores.redis_url,
        "API_KEY_PEPPER_FILE": str(keys.pepper),
        "REGISTRY_URL": ports.registry_url,
        "RUNNER_PROXY_URL": ports.runner_proxy_url,
        "ALLOWED_HOSTS": HOST,
        # Browsers do not agree on Secure cookies over http, not even on a loopback address.
        "SESSION_COOKIE_SECURE": "false",
        # Whoever runs this on a machine of their own is developer and operator in one.
        "DEBUG_EXTENSIONS": "*",
    }


def runner_proxy_environment(
    home: Home, ports: Ports, keys: Keys, stores: Stores, *, private_egress_hosts: str = ""
) -> dict[str, str]:
    return {
        **_common("runner-proxy", ports.runner_proxy, keys),
        "DATABASE_URL": stores.runner_proxy_database_url,
        "REDIS_URL": stores.redis_url,
        "REGISTRY_URL": ports.registry_url,
        "GATEWAY_URL": ports.gateway_url,
        "CACHE_ROOT": str(home.folder("cache").resolve()),
        "SECRETS_KEY_FILE": str(keys.secrets_keyring),
        "ALLOW_PRIVATE_EGRESS_HOSTS": private_egress_hosts,
        **_proven(keys),
    }


def ui_host_environment(ports: Ports, keys: Keys) -> dict[str, str]:
    return {
        **_common("ui-host", ports.ui_host, keys),
        "REGISTRY_URL": ports.registry_url,
        "PUBLIC_ORIGIN": ports.ui_host_url,
        "FRAME_ANCESTORS": ports.gateway_url,
        "LOCAL_ONLY": "true",
        **_proven(keys),
    }


def _proven(keys: Keys) -> dict[str, str]:
    """Load what the platform's own log proves and nothing else: its key is at hand and its signer near."""
    return {"LOG_VERIFY": "require", "LOG_VKEY": keys.log_verifier_key()}


def _common(service: str, port: int, keys: Keys) -> dict[str, str]:
    return {
        "HOST": HOST,
        "PORT": str(port),
        "SERVICE_KEY_FILE": str(keys.service_keys[service]),
        "SERVICE_KEYS_FILE": str(keys.peers),
    }
