"""What of a predecessor's install is carried over: grants, configuration and secrets, by our rules."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from annex_registry.domain.errors import InvalidSecretName
from annex_registry.domain.importation import Remark, RowRefused
from annex_registry.domain.install_config import effective_config
from annex_registry.domain.predecessor import SourceInstall, SourceSecrets
from annex_registry.domain.secrets import MAX_SECRETS, MAX_SECRETS_BYTES, accepted_secret_name
from annex_shared.display_text import shown
from annex_shared.manifest import normalise_capability
from annex_shared.manifest.capabilities import DEFAULT_CAPABILITIES

_INLINE = "inline/base64"
_PROVIDERS = "providers"


class GrantPolicy(StrEnum):
    """``effective`` is what the predecessor let the install do, ``recorded`` what it wrote down."""

    EFFECTIVE = "effective"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class CarriedGrants:
    granted: tuple[str, ...]
    remarks: tuple[Remark, ...]


def carried_grants(
    install: SourceInstall, *, read: Sequence[str], asked: Sequence[str], policy: GrantPolicy
) -> CarriedGrants:
    """Grant what the manifest asks for and the predecessor granted.

    ``read`` are the capabilities the predecessor had on its row of the version, which it granted without
    asking anybody; ``asked`` are those of the manifest in the bundle.
    """
    config = _json(install.config)
    of_config = config.get(_PROVIDERS) if isinstance(config, dict) else None
    recorded = {
        *capabilities_in(_json(install.granted)),
        *capabilities_in(_json(install.providers)),
        *capabilities_in(of_config),
    }
    granted = recorded if policy is GrantPolicy.RECORDED else {*recorded, *capabilities_in(list(read))}
    unasked = sorted(recorded - set(asked) - DEFAULT_CAPABILITIES)
    remarks = (
        (
            Remark(
                "GRANTS_NOT_REQUESTED",
                f"Granted there, not asked for by the manifest, so not granted: {_listed(unasked)}.",
                is_loss=False,
            ),
        )
        if unasked
        else ()
    )
    return CarriedGrants(tuple(name for name in asked if name in granted), remarks)


def carried_config(install: SourceInstall) -> dict[str, str]:
    """Give the configuration as the predecessor gave it to handlers: texts. Raises InvalidInstallConfig."""
    document = _json(install.config)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise RowRefused("INVALID_INSTALL_CONFIG", "The configuration is not a JSON object.")
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for name, value in document.items()
        if value is not None and not (name == _PROVIDERS and isinstance(value, list))
    }
    effective_config(texts, None)
    return texts


@dataclass(frozen=True, slots=True)
class CarriedSecrets:
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    expires_at: datetime | None = None
    remarks: tuple[Remark, ...] = ()


def carried_secrets(secrets: SourceSecrets | None, *, can_seal: bool, now: datetime) -> CarriedSecrets:
    """Open what the predecessor kept unsealed; whatever cannot be opened here is told and left out."""
    if secrets is None:
        return CarriedSecrets()
    if secrets.expires_at is not None and secrets.expires_at <= now:
        return _lost("SECRETS_EXPIRED", "Its secrets have expired and were not carried over.")
    if secrets.algorithm != _INLINE:
        algorithm = shown(secrets.algorithm, limit=40)
        return _lost(
            "SECRETS_SEALED_ELSEWHERE",
            f"Its secrets are sealed with {algorithm}, which cannot be opened here. Set them again.",
        )
    values = _opened(secrets.ciphertext)
    if values is None:
        return _lost("SECRETS_UNREADABLE", "Its secrets cannot be read. Set them again.")
    if values and not can_seal:
        return _lost(
            "SECRETS_NOT_CONFIGURED",
            "There is neither SECRETS_KEY_FILE nor VAULT_ADDR to seal its secrets with. Set them again.",
        )
    return CarriedSecrets(values, secrets.expires_at)


def _opened(ciphertext: str) -> Mapping[str, str] | None:
    try:
        document = json.loads(base64.b64decode(ciphertext, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or len(document) > MAX_SECRETS:
        return None
    values = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in document.items()
        if value is not None
    }
    try:
        for name in values:
            accepted_secret_name(name)
        size = sum(len(value.encode()) for value in values.values())
    except (InvalidSecretName, UnicodeEncodeError):
        return None
    return values if size * 4 // 3 <= MAX_SECRETS_BYTES else None


def _lost(code: str, message: str) -> CarriedSecrets:
    return CarriedSecrets(remarks=(Remark(code, message, is_loss=True),))


def _json(text: str | None) -> object:
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def capabilities_in(document: object) -> set[str]:
    """Read a list of capabilities in their one spelling; what is none of them is nothing."""
    return set(_normal(document)) if isinstance(document, list) else set()


def _normal(names: Iterable[object]) -> Iterable[str]:
    for name in names:
        if isinstance(name, str):
            try:
                yield normalise_capability(name)
            except ValueError:
                continue


def _listed(names: Sequence[str]) -> str:
    return shown(", ".join(names), limit=200)
