"""Publishers, their keys and members."""

from annex_registry.api.operations import facts
from annex_registry.api.operations.extensions import KNOWN, SERIAL_TAG
from annex_registry.api.operations.parameters import CURSOR, KNOWN_TAG, limit
from annex_registry.api.paging import MAX_PUBLIC_PAGE
from annex_registry.api.publishers import AddMember, PublisherViews
from annex_registry.domain import errors
from annex_shared.contracts.publish import AddPublisherKey, CreatePublisher, PublisherKeyView, PublisherView
from annex_shared.http.operations import Answer, Body, Operation, Operations
from annex_shared.names import InvalidPublisherName
from annex_shared.permissions import Permission
from annex_shared.signing.errors import KeyMalformed, UnsupportedKey

_ROOT = "/api/v1/publishers"
_PUBLISHER = f"{_ROOT}/{{slug}}"
_READ = (Permission.EXTENSION_READ,)
_OWNERS = "For owners of the publisher, and for `platform:admin` when owners are lost."
_NEW_KEY = (UnsupportedKey, KeyMalformed, errors.InvalidKeyWindow, errors.PublisherKeyAlreadyExists)

PUBLISHER_OPERATIONS: Operations = {
    f"POST {_ROOT}": Operation(
        id="create_publisher",
        summary="Take a publisher's name, for ever",
        tag="publishers",
        permissions=(Permission.PLATFORM_ADMIN,),
        body=Body(CreatePublisher),
        answers=(Answer(201, "The caller owns it.", PublisherView),),
        refusals=(InvalidPublisherName, errors.PublisherAlreadyExists),
    ),
    f"GET {_ROOT}": Operation(
        id="list_publishers",
        summary="List publishers in order of name",
        tag="publishers",
        permissions=_READ,
        parameters=(CURSOR, limit(default=50, maximum=MAX_PUBLIC_PAGE), KNOWN_TAG),
        answers=(Answer(200, "A page of publishers.", PublisherViews, headers=SERIAL_TAG), KNOWN),
    ),
    f"GET {_PUBLISHER}": Operation(
        id="get_publisher",
        summary="Read a publisher and the keys that count",
        tag="publishers",
        permissions=_READ,
        answers=(Answer(200, "The publisher.", PublisherView),),
        refusals=facts.FIND_PUBLISHER,
    ),
    f"POST {_PUBLISHER}/keys": Operation(
        id="add_publisher_key",
        summary="Trust a signing key within a window",
        tag="publishers",
        description=_OWNERS,
        body=Body(AddPublisherKey),
        answers=(Answer(201, "The key counts.", PublisherKeyView),),
        refusals=(*facts.OWN_PUBLISHER, *facts.LOG, *_NEW_KEY),
    ),
    f"DELETE {_PUBLISHER}/keys/{{key_id}}": Operation(
        id="revoke_publisher_key",
        summary="Stop trusting a key for new versions",
        tag="publishers",
        description=_OWNERS,
        answers=(Answer(204, "It signs nothing any more; what it signed stays."),),
        refusals=(*facts.OWN_PUBLISHER, *facts.LOG, errors.PublisherKeyNotFound),
    ),
    f"POST {_PUBLISHER}/keys/{{key_id}}/rotate": Operation(
        id="rotate_publisher_key",
        summary="Trust a key in the place of another, in one step",
        tag="publishers",
        description=_OWNERS,
        body=Body(AddPublisherKey),
        answers=(Answer(201, "The new key counts, the old one does not.", PublisherKeyView),),
        refusals=(*facts.OWN_PUBLISHER, *facts.LOG, *_NEW_KEY, errors.PublisherKeyNotFound),
    ),
    f"POST {_PUBLISHER}/members": Operation(
        id="set_publisher_member",
        summary="Let a principal publish, or change its role",
        tag="publishers",
        description=_OWNERS,
        body=Body(AddMember),
        answers=(Answer(204, "It has the role."),),
        refusals=facts.OWN_PUBLISHER,
    ),
}
