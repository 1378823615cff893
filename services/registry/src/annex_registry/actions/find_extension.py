"""Find an extension by any of the names a URL may hold."""

from uuid import UUID

from annex_registry.domain.errors import ExtensionAmbiguous, ExtensionNotFound
from annex_registry.domain.ports import Extensions
from annex_registry.domain.version import Extension
from annex_shared.display_text import shown
from annex_shared.ids import ExtensionId, InstallId, InvalidId, parse_uuid
from annex_shared.names import ExtensionName, ExtensionRef, InvalidExtensionName, InvalidPublisherName


async def find_extension(text: str, *, extensions: Extensions) -> Extension:
    """Find by extension id, the id of an own install, publisher/name, publisher.name or an installed name.

    Raises ExtensionNotFound, ExtensionAmbiguous.
    """
    found_id = _uuid(text)
    if found_id is not None:
        found = await extensions.by_id(ExtensionId(found_id))
        found = found or await extensions.by_install(InstallId(found_id))
    else:
        found = await _by_name(text, extensions)
    if found is None:
        raise ExtensionNotFound(
            f'There is no extension "{shown(text, limit=80)}". Write publisher/name or an id.',
            details={"extension": shown(text, limit=200)},
        )
    return found


async def _by_name(text: str, extensions: Extensions) -> Extension | None:
    ref = _ref(text)
    found = None if ref is None else await extensions.by_ref(ref)
    if found is not None:
        return found
    try:
        name = ExtensionName.parse(text)
    except InvalidExtensionName:
        return None
    installed = await extensions.installed_by_name(name)
    if len(installed) > 1:
        names = [str(extension.ref) for extension in installed]
        raise ExtensionAmbiguous(
            f'"{name}" is installed from several publishers: {", ".join(names)}. Name one of them in full.',
            details={"extensions": [*names]},
        )
    return installed[0] if installed else None


def _uuid(text: str) -> UUID | None:
    try:
        return parse_uuid(text, field="extension")
    except InvalidId:
        return None


def _ref(text: str) -> ExtensionRef | None:
    try:
        return ExtensionRef.parse(text)
    except (InvalidExtensionName, InvalidPublisherName):
        return None
