"""Refusals of a manifest; every one says which field and what to write instead."""

from annex_shared.errors import AnnexError


class ManifestTooLarge(AnnexError):
    """manifest.json is larger than one MiB."""


class InvalidManifest(AnnexError):
    """manifest.json is not a valid manifest; ``details.errors`` lists every ``{pointer, message}``."""


class WildcardVersionRefused(InvalidManifest):
    """The version is a wildcard such as ``1.2.*``, which the predecessor resolved and we do not."""


class ExtensionNameRefused(InvalidManifest):
    """The name uses letters outside ``[a-z0-9._-]`` once lower-cased."""
