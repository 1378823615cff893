"""Refusals of a bundle: what is wrong with the archive, and what its author should do."""

from annex_shared.errors import AnnexError


class BundleRefused(AnnexError):
    """The family of every refusal of an archive; it is never raised itself."""


class BundleCorrupt(BundleRefused):
    """The bytes are not a complete tar archive in one zstd frame."""


class BundleTrailingData(BundleRefused):
    """Something follows the end of the archive, which nothing would ever read."""


class BundlePathRefused(BundleRefused):
    """An entry's path could mean another place; ``details.reason`` says how."""


class BundleEntryTypeRefused(BundleRefused):
    """An entry is not a plain file or folder."""


class BundleDuplicateEntry(BundleRefused):
    """Two entries have one name for some reader: equal, equal but for case or form, or file and folder."""


class BundleTooLarge(BundleRefused):
    """A limit is exceeded; ``details.limit`` names it."""


class ManifestMissing(BundleRefused):
    """There is no manifest.json at the root of the bundle."""


class UiEntryMissing(BundleRefused):
    """``ui.entry`` names a page that is not in the bundle."""


class HandlerMissing(BundleRefused):
    """Endpoints or events are declared, and dist/main.wasm is not in the bundle."""


class HandlerNotWasm(BundleRefused):
    """dist/main.wasm is not a WebAssembly component or module."""


class ImportRefused(BundleRefused):
    """dist/main.wasm imports something the platform never offers."""


class PrecompiledMissing(BundleRefused):
    """``precompiled`` names a file that is not in the bundle."""


class SourceFileRefused(BundleRefused):
    """A file to be packed is a link, a special file or outside the source folder."""
