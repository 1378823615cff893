"""Extensions, their versions, and the bytes of both."""

from annex_registry.api.operations import facts
from annex_registry.api.operations.parameters import (
    CURSOR,
    IDEMPOTENCY_KEY,
    KNOWN_TAG,
    RANGE,
    limit,
)
from annex_registry.api.paging import MAX_PUBLIC_PAGE
from annex_registry.api.versions import ExtensionRow, ExtensionRows
from annex_registry.domain import errors
from annex_shared.contracts.bundles import BundleIndexView
from annex_shared.contracts.trusted_publishing import ChangeTrustedOnly, TrustedOnlyView
from annex_shared.contracts.uploads import BUNDLE_TYPE, Publication
from annex_shared.contracts.versions import (
    ChangeVersionStatus,
    VersionDetail,
    VersionDifferenceView,
    VersionList,
    VersionStatusReceipt,
)
from annex_shared.http.operations import Access, Answer, Body, Operation, Operations, Parameter
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import InvalidId
from annex_shared.permissions import Permission

ZSTD = "application/zstd"
_ROOT = "/api/v1/extensions"
_NAMED = f"{_ROOT}/{{publisher}}/{{name}}"
_VERSION = f"{_NAMED}/versions/{{version}}"
_READ = (Permission.EXTENSION_READ,)
_PAGE = (CURSOR, limit(default=50, maximum=MAX_PUBLIC_PAGE))
SERIAL_TAG = {"etag": "Names the state by the serial that led to it."}
KNOWN = Answer(304, "The caller's copy is still right.")
_LIST_ANSWERS = (
    Answer(
        200, "A page of versions, newest first.", VersionList, headers={"etag": "Names this page's state."}
    ),
    KNOWN,
)
BUNDLE_ANSWERS = (
    Answer(
        200,
        "The archive.",
        media_type=ZSTD,
        headers={"etag": '`"sha256-<hex>"`', "accept-ranges": "`bytes`", "cache-control": "Immutable."},
    ),
    Answer(206, "The range.", media_type=ZSTD, headers={"content-range": "Which bytes of how many."}),
    Answer(304, "The caller's copy is the same, for ever."),
)

INDEX_ANSWERS = (
    Answer(200, "Every file with its size and hash.", BundleIndexView, headers={"etag": '`"sha256-<hex>"`'}),
    Answer(304, "The caller's copy is the same, for ever."),
)
FILE_ANSWERS = (
    Answer(
        200,
        "The file.",
        media_type="application/octet-stream",
        headers={"etag": "The file's own digest.", "accept-ranges": "`bytes`", "cache-control": "Immutable."},
    ),
    Answer(
        206,
        "The range.",
        media_type="application/octet-stream",
        headers={"content-range": "Which bytes of how many."},
    ),
    Answer(304, "The caller's copy is the same, for ever."),
)
TREE_ANSWERS = (
    Answer(200, "A tar with the paths of the bundle.", media_type="application/x-tar"),
    Answer(304, "The caller's copy is the same, for ever."),
)
ENTRY_REFUSALS = (*facts.STORE, errors.VersionBlocked)

EXTENSION_OPERATIONS: Operations = {
    f"GET {_ROOT}": Operation(
        id="list_extensions",
        summary="List extensions in order of name",
        tag="extensions",
        permissions=_READ,
        parameters=(
            Parameter("q", "The beginning of a publisher, a name or publisher/name."),
            *_PAGE,
            KNOWN_TAG,
        ),
        answers=(Answer(200, "A page of extensions.", ExtensionRows, headers=SERIAL_TAG), KNOWN),
    ),
    f"GET {_NAMED}": Operation(
        id="get_extension",
        summary="Read one extension",
        tag="extensions",
        permissions=_READ,
        parameters=(KNOWN_TAG,),
        answers=(Answer(200, "The extension.", ExtensionRow, headers=SERIAL_TAG), KNOWN),
        refusals=facts.FIND_EXTENSION,
    ),
    f"GET {_ROOT}/{{extension}}/versions": Operation(
        id="list_versions",
        summary="List the versions of an extension under any of its names",
        tag="versions",
        description="`installed` marks the version of the caller's own tenant, and no other's.",
        permissions=_READ,
        parameters=(*_PAGE, KNOWN_TAG),
        answers=_LIST_ANSWERS,
        refusals=facts.FIND_EXTENSION,
    ),
    f"GET {_NAMED}/versions": Operation(
        id="list_versions_of_named",
        summary="List the versions of an extension",
        tag="versions",
        description="`installed` marks the version of the caller's own tenant, and no other's.",
        permissions=_READ,
        parameters=(*_PAGE, KNOWN_TAG),
        answers=_LIST_ANSWERS,
        refusals=facts.FIND_EXTENSION,
    ),
    f"POST {_NAMED}/versions": Operation(
        id="publish_version",
        summary="Publish a version in one request",
        tag="versions",
        description="A version number is spent by the first publish that succeeds, whatever becomes of it.",
        permissions=(Permission.EXTENSION_PUBLISH,),
        parameters=(
            Parameter(
                "content-digest", "`sha-256=:<base64>:` of the body (RFC 9530).", "header", is_required=True
            ),
            Parameter("x-annex-signature", "The DSSE envelope of the bundle, in base64.", "header"),
            IDEMPOTENCY_KEY,
        ),
        body=Body(media_type=BUNDLE_TYPE),
        answers=(
            Answer(
                201,
                "Published, now or by this same attempt before.",
                Publication,
                headers={"idempotency-replayed": "`true` for an answer that was given before."},
            ),
        ),
        refusals=(
            *facts.NAMED_EXTENSION,
            *facts.DECLARED,
            *facts.PUBLICATION,
            errors.BundleTypeRefused,
            errors.LengthRequired,
            errors.InvalidContentDigest,
        ),
    ),
    f"GET {_VERSION}": Operation(
        id="get_version",
        summary="Read one version in full",
        tag="versions",
        permissions=_READ,
        parameters=(KNOWN_TAG,),
        answers=(
            Answer(200, "The version with manifest and signature.", VersionDetail, headers=SERIAL_TAG),
            KNOWN,
        ),
        refusals=facts.FIND_VERSION,
    ),
    f"GET {_VERSION}/diff": Operation(
        id="compare_versions",
        summary="Compare a version with another",
        tag="versions",
        permissions=_READ,
        parameters=(
            Parameter("from", "The version to compare with.", is_required=True, refusals=(InvalidRequest,)),
            KNOWN_TAG,
        ),
        answers=(
            Answer(
                200,
                "What changes from one to the other.",
                VersionDifferenceView,
                headers={"etag": "Names the two versions."},
            ),
            KNOWN,
        ),
        refusals=facts.FIND_VERSION,
    ),
    f"POST {_VERSION}/status": Operation(
        id="change_version_status",
        summary="Deprecate, yank or block a version, or take that back",
        tag="versions",
        description="A fact beside the version, which never changes. Blocking takes `platform:admin`.",
        permissions=(Permission.EXTENSION_PUBLISH, Permission.PLATFORM_ADMIN),
        body=Body(ChangeVersionStatus),
        answers=(Answer(200, "What is true of the version now.", VersionStatusReceipt),),
        refusals=(
            *facts.FIND_VERSION,
            *facts.LOG,
            errors.PublisherMembershipRequired,
            errors.InvalidStatusReason,
        ),
    ),
    f"GET {_VERSION}/bundle": Operation(
        id="get_version_bundle",
        summary="Download a version's bundle",
        tag="versions",
        permissions=_READ,
        parameters=(RANGE, KNOWN_TAG),
        answers=BUNDLE_ANSWERS,
        refusals=(*facts.FIND_VERSION, *facts.STORE, errors.VersionBlocked),
    ),
    f"GET {_VERSION}/index": Operation(
        id="get_version_index",
        summary="List the files of a version's bundle",
        tag="versions",
        permissions=_READ,
        parameters=(KNOWN_TAG,),
        answers=INDEX_ANSWERS,
        refusals=(*facts.FIND_VERSION, *ENTRY_REFUSALS),
    ),
    f"GET {_VERSION}/files/{{path}}": Operation(
        id="get_version_file",
        summary="Download one file of a version's bundle",
        tag="versions",
        permissions=_READ,
        parameters=(RANGE, KNOWN_TAG),
        answers=FILE_ANSWERS,
        refusals=(*facts.FIND_VERSION, *ENTRY_REFUSALS, errors.BundleEntryNotFound),
    ),
    f"GET {_VERSION}/tree/{{path}}": Operation(
        id="get_version_tree",
        summary="Download a folder of a version's bundle",
        tag="versions",
        permissions=_READ,
        parameters=(KNOWN_TAG,),
        answers=TREE_ANSWERS,
        refusals=(*facts.FIND_VERSION, *ENTRY_REFUSALS, errors.BundleEntryNotFound),
    ),
    f"GET {_NAMED}/trusted-only": Operation(
        id="get_trusted_only",
        summary="Tell whether only trusted publishers may publish an extension, and who decided so",
        tag="extensions",
        permissions=_READ,
        answers=(Answer(200, "The switch and its history.", TrustedOnlyView),),
        refusals=facts.FIND_EXTENSION,
    ),
    f"PUT {_NAMED}/trusted-only": Operation(
        id="change_trusted_only",
        summary="Let trusted publishers alone publish an extension, or take that back",
        tag="extensions",
        body=Body(ChangeTrustedOnly),
        answers=(Answer(200, "The switch as it is now.", TrustedOnlyView),),
        refusals=(*facts.FIND_EXTENSION, errors.PublisherMembershipRequired, errors.PermissionDenied),
    ),
    f"GET {_VERSION}/proof": Operation(
        id="get_version_proof",
        summary="Prove that a version stands in the transparency log",
        tag="log",
        permissions=_READ,
        answers=(Answer(200, "A `c2sp.org/tlog-proof@v1`.", {"type": "string"}, "text/plain"),),
        refusals=(*facts.FIND_VERSION, errors.LogNotSigned),
    ),
    "GET /log/checkpoint": Operation(
        id="get_checkpoint",
        summary="The newest signed checkpoint of the transparency log",
        tag="log",
        description="Open to everybody through the gateway.",
        answers=(Answer(200, "A C2SP signed note.", {"type": "string"}, "text/plain"),),
        refusals=(errors.LogNotSigned, errors.LogSigningRefused),
    ),
    "GET /log/proof/{index}": Operation(
        id="get_leaf_proof",
        summary="Prove that an entry stands in the transparency log",
        tag="log",
        description="Open to everybody through the gateway.",
        answers=(Answer(200, "A `c2sp.org/tlog-proof@v1`.", {"type": "string"}, "text/plain"),),
        refusals=(errors.LogNotSigned, errors.LogTileNotFound),
    ),
    "GET /log/tile/{place}": Operation(
        id="get_tile",
        summary="A tile of the transparency log",
        tag="log",
        description="Open to everybody through the gateway.",
        answers=(Answer(200, "Hashes, or entries.", media_type="application/octet-stream"),),
        refusals=(errors.LogTileNotFound,),
    ),
    "GET /tenants/{tenant_id}/extensions/{extension_id}/sha256/{hex}/bundle.tar.zst": Operation(
        id="get_tenant_bundle",
        summary="Download a bundle under the path the predecessor's runners read",
        tag="compatibility",
        description="For services, and for callers of that tenant with `extension:read`.",
        access=Access.CALLER,
        parameters=(RANGE, KNOWN_TAG),
        answers=BUNDLE_ANSWERS,
        refusals=(
            InvalidId,
            *facts.NAMED_HASH,
            *facts.STORE,
            errors.PeerRequired,
            errors.PermissionDenied,
            errors.BundleNotFound,
            errors.VersionBlocked,
        ),
    ),
}
