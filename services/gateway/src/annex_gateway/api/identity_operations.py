"""What the routes about identity promise."""

from annex_gateway.api.bodies import ApiKeyViews, IssuedKeyView, RotateApiKey
from annex_gateway.api.identity_bodies import (
    ChangePrincipal,
    ChangeViews,
    CreatePrincipal,
    CreateSignInLink,
    DebugSessionViews,
    PrincipalView,
    PrincipalViews,
    PutRole,
    RoleView,
    RoleViews,
    SessionView,
    SignInLinkView,
    StartSession,
    WhoAmI,
)
from annex_gateway.domain import errors
from annex_shared.http.operations import Answer, Body, Operation, Operations, Parameter
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import InvalidId

TAG = "identity"
_ADMIN = "For `platform:admin`, and for the role `admin` within its own tenant."
_REFUSED = (errors.PermissionDenied, errors.ClientUserRefused)
_TENANT = Parameter(
    "tenant_id",
    "The caller's own tenant if not named; another is for `platform:admin`.",
    refusals=(InvalidId, errors.TenantMismatch),
)
_LIMIT = Parameter(
    "limit",
    "How many items a page holds at most.",
    schema={"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
    refusals=(InvalidRequest,),
)
_ONE = (*_REFUSED, errors.PrincipalNotFound, InvalidId)
_ROLE = (*_REFUSED, errors.InvalidRoleName, errors.RoleIsBuiltIn, errors.GrantRefused)

IDENTITY_OPERATIONS: Operations = {
    "GET /api/v1/me": Operation(
        id="who_am_i",
        summary="Say whom the credential speaks for, and what it may do and why",
        tag=TAG,
        answers=(Answer(200, "The caller.", WhoAmI),),
    ),
    "GET /api/v1/me/api-keys": Operation(
        id="list_own_api_keys",
        summary="List one's own API keys, newest first",
        tag=TAG,
        answers=(Answer(200, "At most 500 keys, without their texts.", ApiKeyViews),),
        refusals=(errors.PrincipalNotFound,),
    ),
    "POST /api/v1/api-keys/{key_id}/rotate": Operation(
        id="rotate_api_key",
        summary="Give a key a new secret; the old one opens for a while",
        tag=TAG,
        description="For the key itself, and for administrators who could issue one like it.",
        body=Body(RotateApiKey, is_required=False),
        answers=(Answer(200, "The key with its new text, shown this once.", IssuedKeyView),),
        refusals=(
            *_REFUSED,
            errors.ApiKeyNotFound,
            errors.GrantRefused,
            errors.PrincipalNotFound,
            errors.BodyTooSlow,
        ),
    ),
    "POST /api/v1/principals": Operation(
        id="create_principal",
        summary="Add a principal, before its first sign-in or for API keys",
        tag=TAG,
        description=_ADMIN,
        body=Body(CreatePrincipal),
        answers=(Answer(201, "The principal.", PrincipalView),),
        refusals=(
            *_REFUSED,
            errors.TenantNotFound,
            errors.PrincipalNotFound,
            errors.PrincipalAlreadyExists,
            errors.BodyTooSlow,
        ),
    ),
    "GET /api/v1/principals": Operation(
        id="list_principals",
        summary="List a tenant's principals with their roles",
        tag=TAG,
        description=_ADMIN,
        parameters=(
            _TENANT,
            Parameter("after", "`next_after` of the page before.", refusals=(InvalidId,)),
            _LIMIT,
        ),
        answers=(Answer(200, "A page of principals.", PrincipalViews),),
        refusals=_REFUSED,
    ),
    "GET /api/v1/principals/{principal_id}": Operation(
        id="show_principal",
        summary="Show a principal",
        tag=TAG,
        description=_ADMIN,
        parameters=(_TENANT,),
        answers=(Answer(200, "The principal.", PrincipalView),),
        refusals=_ONE,
    ),
    "PATCH /api/v1/principals/{principal_id}": Operation(
        id="change_principal",
        summary="Switch a principal off or on, or say whose client it is",
        tag=TAG,
        description=_ADMIN,
        parameters=(_TENANT,),
        body=Body(ChangePrincipal),
        answers=(Answer(200, "The principal as it is now.", PrincipalView),),
        refusals=(*_ONE, errors.GrantRefused, errors.BodyTooSlow),
    ),
    "PUT /api/v1/principals/{principal_id}/roles/{role}": Operation(
        id="assign_role",
        summary="Give a principal a role",
        tag=TAG,
        description=_ADMIN,
        parameters=(_TENANT,),
        answers=(Answer(200, "The principal with its roles.", PrincipalView),),
        refusals=(*_ONE, errors.RoleNotFound, errors.GrantRefused),
    ),
    "DELETE /api/v1/principals/{principal_id}/roles/{role}": Operation(
        id="unassign_role",
        summary="Take a role from a principal",
        tag=TAG,
        description=_ADMIN,
        parameters=(_TENANT,),
        answers=(Answer(204, "The principal has it no more."),),
        refusals=(*_ONE, errors.RoleNotFound, errors.GrantRefused),
    ),
    "GET /api/v1/roles": Operation(
        id="list_roles",
        summary="List the roles of a tenant, built-in ones first",
        tag=TAG,
        description=_ADMIN,
        parameters=(_TENANT,),
        answers=(Answer(200, "All of them.", RoleViews),),
        refusals=_REFUSED,
    ),
    "PUT /api/v1/roles/{role}": Operation(
        id="set_role",
        summary="Make or change a role of the tenant's own",
        tag=TAG,
        description=_ADMIN + " Nobody gives what they do not hold.",
        parameters=(_TENANT,),
        body=Body(PutRole),
        answers=(Answer(200, "The role.", RoleView),),
        refusals=(*_ROLE, errors.RoleLimitReached, errors.TenantNotFound, errors.BodyTooSlow),
    ),
    "DELETE /api/v1/roles/{role}": Operation(
        id="remove_role",
        summary="Remove a role, from whoever has it too",
        tag=TAG,
        description=_ADMIN,
        parameters=(_TENANT,),
        answers=(Answer(204, "It gives nothing any more."),),
        refusals=(*_ROLE, errors.RoleNotFound),
    ),
    "POST /api/v1/sessions": Operation(
        id="start_session",
        summary="Sign in with a browser",
        tag=TAG,
        description=(
            "With an API key or a token the body is empty; with a sign-in link there is no other credential. "
            "The answer sets the session's cookie. A session that the browser had is ended."
        ),
        body=Body(StartSession, is_required=False),
        answers=(Answer(201, "The session.", SessionView),),
        refusals=(errors.SignInLinkRefused, errors.SignInUnavailable, errors.BodyTooSlow),
    ),
    "GET /api/v1/sessions/current": Operation(
        id="show_session",
        summary="Show the session of this browser, with its token against forged requests",
        tag=TAG,
        answers=(Answer(200, "The session.", SessionView),),
    ),
    "DELETE /api/v1/sessions/current": Operation(
        id="end_session",
        summary="Sign out",
        tag=TAG,
        answers=(Answer(204, "The session is over."),),
    ),
    "POST /api/v1/sign-in-links": Operation(
        id="issue_sign_in_link",
        summary="Make a link that signs in once",
        tag=TAG,
        description="For oneself; for another principal of one's tenant it takes `platform:admin`.",
        body=Body(CreateSignInLink, is_required=False),
        answers=(Answer(201, "The link's token, shown this once.", SignInLinkView),),
        refusals=(
            *_REFUSED,
            errors.PrincipalNotFound,
            errors.SignInUnavailable,
            errors.BodyTooSlow,
        ),
    ),
    "GET /api/v1/audit": Operation(
        id="list_identity_changes",
        summary="List what was changed about who may do what, newest first",
        tag=TAG,
        description=_ADMIN,
        parameters=(
            _TENANT,
            Parameter("before", "`next_before` of the page before.", refusals=(InvalidRequest,)),
            _LIMIT,
            Parameter("change", "Of this kind only, such as `role.assigned`.", refusals=(InvalidRequest,)),
            Parameter("actor", "By this principal only.", refusals=(InvalidId,)),
            Parameter("subject", "About this only, such as `api_key:<id>`.", refusals=(InvalidRequest,)),
            Parameter("since", "Not before this time.", refusals=(InvalidRequest,)),
            Parameter("until", "Before this time.", refusals=(InvalidRequest,)),
            Parameter("request_id", "Of this request only.", refusals=(InvalidRequest,)),
        ),
        answers=(Answer(200, "A page of entries.", ChangeViews),),
        refusals=_REFUSED,
    ),
    "GET /api/v1/audit/debug-sessions": Operation(
        id="list_debug_sessions",
        summary="List who watched which extension's live lines, newest first",
        tag=TAG,
        description=_ADMIN,
        parameters=(
            _TENANT,
            Parameter("before", "`next_before` of the page before.", refusals=(InvalidRequest, InvalidId)),
            _LIMIT,
        ),
        answers=(Answer(200, "A page of sessions.", DebugSessionViews),),
        refusals=_REFUSED,
    ),
}
IDENTITY_PARAMETERS = {
    "principal_id": Parameter("principal_id", "The principal's id.", "path", refusals=(InvalidId,)),
    "role": Parameter("role", "The role's name.", "path"),
}
