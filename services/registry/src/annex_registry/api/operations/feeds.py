"""Feeds and snapshots, and the listings other services fill their projections from."""

from annex_registry.api.operations import facts
from annex_registry.api.operations.extensions import (
    BUNDLE_ANSWERS,
    ENTRY_REFUSALS,
    FILE_ANSWERS,
    INDEX_ANSWERS,
    KNOWN,
    SERIAL_TAG,
    TREE_ANSWERS,
)
from annex_registry.api.operations.parameters import CURSOR, HASH_TEXT, KNOWN_TAG, RANGE, limit, serial
from annex_registry.api.paging import MAX_INTERNAL_PAGE
from annex_registry.domain import errors
from annex_registry.domain.feed import FEEDS
from annex_shared.contracts.event_schemas import event_schemas
from annex_shared.contracts.feeds import InstallsSnapshot, VersionsSnapshot
from annex_shared.contracts.installs import InstallRecord, InstallRecords
from annex_shared.contracts.versions import VersionRecords, VersionStatusRecords
from annex_shared.http.operations import Access, Answer, Operation, Operations, Parameter, Schema
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import InvalidId
from annex_shared.permissions import Permission

_READ = (Permission.EXTENSION_READ,)
_FEED = Parameter(
    "feed",
    "Of the feed `installs`, a tenant sees its own part.",
    schema={"enum": list(FEEDS)},
    is_required=True,
    refusals=(InvalidRequest, errors.TenantRequired),
)
_PAGE = limit(default=500, maximum=MAX_INTERNAL_PAGE)
# Each event stands in the page exactly as on the bus, which its own generated schema describes.
_FEED_PAGE: Schema = {
    "type": "object",
    "description": "Events in commit order; go on after `next_after`. `as_of` is the end of the feed.",
    "required": ["feed", "items", "next_after", "as_of"],
    "properties": {
        "feed": {"enum": list(FEEDS)},
        "items": {"type": "array", "items": {"oneOf": list(event_schemas().values())}},
        "next_after": {"type": "integer"},
        "as_of": {"type": "integer"},
    },
}
_SNAPSHOT: Schema = {
    "oneOf": [
        {"$ref": "#/components/schemas/VersionsSnapshot"},
        {"$ref": "#/components/schemas/InstallsSnapshot"},
    ]
}
_AFTER = serial("after", "Only what has a higher serial.")

FEED_OPERATIONS: Operations = {
    "GET /api/v1/feed": Operation(
        id="read_feed",
        summary="Read on in a feed, waiting for the next event when there is none yet",
        tag="feeds",
        permissions=_READ,
        parameters=(
            _FEED,
            _AFTER,
            _PAGE,
            KNOWN_TAG,
            Parameter(
                "wait",
                "Seconds to wait for an event.",
                schema={"type": "integer", "minimum": 0, "maximum": 25, "default": 0},
                refusals=(InvalidRequest, errors.TooManyFeedWaiters),
            ),
        ),
        answers=(Answer(200, "A page of the feed.", _FEED_PAGE, headers=SERIAL_TAG), KNOWN),
        refusals=(errors.FeedPositionAhead,),
    ),
    "GET /api/v1/snapshot": Operation(
        id="read_snapshot",
        summary="Read the state that a feed has led to, with the serial it equals",
        tag="feeds",
        permissions=_READ,
        parameters=(_FEED, CURSOR, _PAGE, KNOWN_TAG),
        answers=(
            Answer(
                200,
                "A page of the state.",
                _SNAPSHOT,
                headers=SERIAL_TAG,
                uses=(VersionsSnapshot, InstallsSnapshot),
            ),
            KNOWN,
        ),
    ),
}

INTERNAL_OPERATIONS: Operations = {
    "GET /internal/v1/versions": Operation(
        id="list_version_records",
        summary="Every version, for projections",
        tag="internal",
        access=Access.PEER,
        parameters=(
            _AFTER,
            _PAGE,
            Parameter("content_hash", "Exactly this bundle.", schema=HASH_TEXT, refusals=facts.NAMED_HASH),
            KNOWN_TAG,
        ),
        answers=(Answer(200, "Ascending by serial.", VersionRecords, headers=SERIAL_TAG), KNOWN),
    ),
    "GET /internal/v1/version-statuses": Operation(
        id="list_version_status_records",
        summary="The newest thing said of each version, for projections",
        tag="internal",
        access=Access.PEER,
        parameters=(_AFTER, _PAGE, KNOWN_TAG),
        answers=(Answer(200, "Ascending by serial.", VersionStatusRecords, headers=SERIAL_TAG), KNOWN),
    ),
    "GET /internal/v1/installs": Operation(
        id="list_install_records",
        summary="Every tenant's installs, for projections",
        tag="internal",
        access=Access.PEER,
        parameters=(CURSOR, _PAGE, KNOWN_TAG),
        answers=(
            Answer(200, "In order of id.", InstallRecords, headers={"etag": '`"installs-<as_of>"`'}),
            Answer(304, "Nothing has changed since."),
        ),
    ),
    "GET /internal/v1/installs/{install_id}": Operation(
        id="get_install_record",
        summary="One install, for projections",
        tag="internal",
        access=Access.PEER,
        answers=(Answer(200, "The install with its sealed secrets.", InstallRecord),),
        refusals=(InvalidId, errors.InstallNotFound),
    ),
    "GET /internal/v1/bundles/{content_hash}": Operation(
        id="get_bundle",
        summary="A published bundle by its hash",
        tag="internal",
        access=Access.PEER,
        parameters=(RANGE, KNOWN_TAG),
        answers=BUNDLE_ANSWERS,
        refusals=(*facts.NAMED_HASH, *facts.STORE, errors.BundleNotFound, errors.VersionBlocked),
    ),
    "GET /internal/v1/bundles/{content_hash}/index": Operation(
        id="get_bundle_index",
        summary="List the files of a bundle",
        tag="internal",
        access=Access.PEER,
        parameters=(KNOWN_TAG,),
        answers=INDEX_ANSWERS,
        refusals=(*facts.NAMED_HASH, *ENTRY_REFUSALS, errors.BundleNotFound),
    ),
    "GET /internal/v1/bundles/{content_hash}/files/{path}": Operation(
        id="get_bundle_file",
        summary="One file of a bundle",
        tag="internal",
        access=Access.PEER,
        parameters=(RANGE, KNOWN_TAG),
        answers=FILE_ANSWERS,
        refusals=(*facts.NAMED_HASH, *ENTRY_REFUSALS, errors.BundleNotFound, errors.BundleEntryNotFound),
    ),
    "GET /internal/v1/bundles/{content_hash}/tree/{path}": Operation(
        id="get_bundle_tree",
        summary="A folder of a bundle",
        tag="internal",
        access=Access.PEER,
        parameters=(KNOWN_TAG,),
        answers=TREE_ANSWERS,
        refusals=(*facts.NAMED_HASH, *ENTRY_REFUSALS, errors.BundleNotFound, errors.BundleEntryNotFound),
    ),
    "GET /internal/v1/extensions/{publisher}/{name}/versions/{version}/proof": Operation(
        id="get_version_proof_for_service",
        summary="Prove that a version stands in the transparency log, to a service that loads it",
        tag="internal",
        access=Access.PEER,
        answers=(Answer(200, "A `c2sp.org/tlog-proof@v1`.", {"type": "string"}, "text/plain"),),
        refusals=(*facts.FIND_VERSION, errors.LogNotSigned),
    ),
}
