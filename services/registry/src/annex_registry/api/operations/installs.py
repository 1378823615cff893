"""A tenant's installs, in our form and in the predecessor's."""

from annex_registry.api.installs import HISTORY_PAGE, MAX_HISTORY_PAGE
from annex_registry.api.operations import facts
from annex_registry.api.operations.extensions import KNOWN, SERIAL_TAG
from annex_registry.api.operations.parameters import KNOWN_TAG, limit, serial
from annex_registry.api.predecessor_installs import InstallAnswer, InstallVersion, UninstallExtension
from annex_registry.api.served_installs import (
    KEY_HEADER,
    LOOK_UP,
    VALIDATE,
    InstallValidity,
    ServedInstall,
)
from annex_registry.api.tenant_secrets import SECRETS
from annex_registry.domain import errors
from annex_shared.contracts.installs import (
    ChangeInstall,
    ClaimAppDomain,
    CreateInstall,
    InstallHistory,
    InstallView,
    InstallViews,
    LimitInstall,
    RollBackInstall,
)
from annex_shared.contracts.secrets import SecretViews, SetSecret, TenantSecretViews
from annex_shared.host_patterns import InvalidHostPattern
from annex_shared.http.operations import Access, Answer, Body, Operation, Operations, Parameter
from annex_shared.http.problems import InvalidRequest
from annex_shared.permissions import Permission

_ROOT = "/api/v1/installs"
_INSTALL = f"{_ROOT}/{{install_id}}"
_READ = (Permission.EXTENSION_READ,)
_WRITE = (Permission.EXTENSION_WRITE,)
_CHANGED = Answer(200, "The install as it is now.", InstallView)
_ACCEPTED = (Answer(202, "Done; the predecessor said it so.", InstallAnswer),)
_EXTENSIONS = "/api/v1/extensions"

_RUNNER_KEY = Parameter(
    KEY_HEADER,
    "The key of RUNNER_API_KEY, instead of a service token.",
    place="header",
    refusals=(errors.RunnerKeyRefused,),
)
_TS = Parameter("ts", "Whatever keeps caches from answering; it is not read.")

INSTALL_OPERATIONS: Operations = {
    f"GET {_ROOT}": Operation(
        id="list_installs",
        summary="List the tenant's installs",
        tag="installs",
        permissions=_READ,
        parameters=(KNOWN_TAG,),
        answers=(Answer(200, "All of them.", InstallViews, headers=SERIAL_TAG), KNOWN),
        refusals=(errors.TenantRequired,),
    ),
    f"POST {_ROOT}": Operation(
        id="create_install",
        summary="Install a version of an extension",
        tag="installs",
        permissions=_WRITE,
        body=Body(CreateInstall),
        answers=(Answer(201, "Installed.", InstallView),),
        refusals=(
            errors.TenantRequired,
            *facts.FIND_VERSION,
            *facts.NEW_USE,
            *facts.GRANTS_AND_CONFIG,
            errors.ExtensionAlreadyInstalled,
        ),
    ),
    f"GET {_INSTALL}": Operation(
        id="get_install",
        summary="Read one install",
        tag="installs",
        permissions=_READ,
        answers=(Answer(200, "The install.", InstallView),),
        refusals=facts.FIND_INSTALL,
    ),
    f"PATCH {_INSTALL}": Operation(
        id="change_install",
        summary="Change version, grants, configuration or whether it is enabled",
        tag="installs",
        permissions=_WRITE,
        body=Body(ChangeInstall),
        answers=(_CHANGED,),
        refusals=(
            *facts.FIND_INSTALL,
            *facts.FIND_VERSION,
            *facts.NEW_USE,
            *facts.GRANTS_AND_CONFIG,
            *facts.CHANGE_INSTALL,
        ),
    ),
    f"DELETE {_INSTALL}": Operation(
        id="uninstall",
        summary="Uninstall; configuration and secrets go with it",
        tag="installs",
        permissions=_WRITE,
        answers=(Answer(204, "Uninstalled."),),
        refusals=facts.FIND_INSTALL,
    ),
    f"POST {_INSTALL}/rollback": Operation(
        id="roll_back_install",
        summary="Return to a version the install ran before",
        tag="installs",
        permissions=_WRITE,
        body=Body(RollBackInstall, is_required=False),
        answers=(_CHANGED,),
        refusals=(
            *facts.FIND_INSTALL,
            *facts.NAMED_VERSION,
            *facts.NEW_USE,
            *facts.GRANTS_AND_CONFIG,
            *facts.CHANGE_INSTALL,
            errors.NoEarlierVersion,
        ),
    ),
    f"PUT {_INSTALL}/limits": Operation(
        id="limit_install",
        summary="Set what a call of the install may use, whole, in place of the platform's defaults",
        tag="installs",
        permissions=(Permission.PLATFORM_ADMIN,),
        body=Body(LimitInstall),
        answers=(_CHANGED,),
        refusals=facts.FIND_INSTALL,
    ),
    f"GET {_INSTALL}/history": Operation(
        id="list_install_history",
        summary="List the states an install has left, newest first",
        tag="installs",
        permissions=_READ,
        parameters=(
            serial("before", "Only states of a lower revision; 0 begins with the newest."),
            limit(default=HISTORY_PAGE, maximum=MAX_HISTORY_PAGE),
        ),
        answers=(Answer(200, "A page of states.", InstallHistory),),
        refusals=facts.FIND_INSTALL,
    ),
    f"PUT {_INSTALL}/domain": Operation(
        id="claim_app_domain",
        summary="Let a host lead to the install",
        tag="installs",
        description="Without a host it is the install's own, below the platform's root for app domains; any "
        "other needs `platform:admin`.",
        permissions=_WRITE,
        body=Body(ClaimAppDomain, is_required=False),
        answers=(_CHANGED,),
        refusals=(
            *facts.FIND_INSTALL,
            errors.InvalidAppDomain,
            errors.AppDomainNotYours,
            errors.AppDomainTaken,
            errors.InstallChangedMeanwhile,
        ),
    ),
    f"DELETE {_INSTALL}/domain": Operation(
        id="give_up_app_domain",
        summary="Let no host lead to the install any more",
        tag="installs",
        permissions=_WRITE,
        answers=(_CHANGED,),
        refusals=facts.FIND_INSTALL,
    ),
    f"GET {_INSTALL}/secrets": Operation(
        id="list_secrets",
        summary="List names and ages of secrets; no route reads their values",
        tag="installs",
        permissions=_READ,
        answers=(Answer(200, "The secrets, and the rotation policy that holds.", SecretViews),),
        refusals=facts.FIND_INSTALL,
    ),
    f"GET {SECRETS}": Operation(
        id="list_tenant_secrets",
        summary="List the secrets of all installs by age; no route reads their values",
        tag="installs",
        permissions=_READ,
        parameters=(
            Parameter(
                "status",
                "Only these of active, overdue, refused and expired, with commas between.",
                schema={"type": "string", "maxLength": 100},
                refusals=(InvalidRequest,),
            ),
        ),
        answers=(Answer(200, "All of them, what is due longest first.", TenantSecretViews),),
        refusals=(errors.TenantRequired,),
    ),
    f"PUT {_INSTALL}/secrets/{{name}}": Operation(
        id="set_secret",
        summary="Set one secret, which nobody can read back",
        tag="installs",
        permissions=_WRITE,
        body=Body(SetSecret),
        answers=(_CHANGED,),
        refusals=(
            *facts.FIND_INSTALL,
            *facts.SECRETS,
            errors.InvalidSecretExpiry,
            InvalidHostPattern,
            errors.TooManySecrets,
        ),
    ),
    f"DELETE {_INSTALL}/secrets/{{name}}": Operation(
        id="delete_secret",
        summary="Remove one secret",
        tag="installs",
        permissions=_WRITE,
        answers=(_CHANGED,),
        refusals=(*facts.FIND_INSTALL, *facts.SECRETS, errors.SecretNotFound),
    ),
    f"GET {VALIDATE}": Operation(
        id="validate_install",
        summary="Tell whether an install serves a content hash now",
        tag="compatibility",
        description="True while the install is enabled, its version is not blocked and the hash is that "
        "version's.",
        access=Access.PEER,
        parameters=(
            _RUNNER_KEY,
            Parameter("tenant", "The tenant's id.", is_required=True, refusals=(InvalidRequest,)),
            Parameter("extension", "An extension's id or publisher.name.", is_required=True),
            Parameter("hash", "A content hash, with or without `sha256:`.", is_required=True),
            _TS,
        ),
        answers=(Answer(200, "Whether it does.", InstallValidity),),
        refusals=(errors.ExtensionsDisabled,),
    ),
    f"GET {LOOK_UP}": Operation(
        id="look_up_install_by_host",
        summary="Find the install that a host leads to",
        tag="compatibility",
        description="Only while it is enabled and its version is not blocked.",
        access=Access.PEER,
        parameters=(
            _RUNNER_KEY,
            Parameter(
                "host", "A host name, with or without port.", is_required=True, refusals=(InvalidRequest,)
            ),
            _TS,
        ),
        answers=(Answer(200, "The install.", ServedInstall),),
        refusals=(errors.ExtensionsDisabled, errors.AppDomainNotFound),
    ),
    f"POST {_EXTENSIONS}/install": Operation(
        id="install_as_predecessor",
        summary="Install, as the predecessor's CLI asks for it",
        tag="compatibility",
        description="The request is taken as consent to every capability the manifest asks for.",
        permissions=_WRITE,
        body=Body(InstallVersion),
        answers=_ACCEPTED,
        refusals=(
            errors.TenantRequired,
            *facts.FIND_VERSION,
            *facts.NEW_USE,
            *facts.GRANTS_AND_CONFIG,
            errors.ExtensionAlreadyInstalled,
        ),
    ),
    f"POST {_EXTENSIONS}/update": Operation(
        id="update_as_predecessor",
        summary="Move an install to another version, as the predecessor's CLI asks for it",
        tag="compatibility",
        permissions=_WRITE,
        body=Body(InstallVersion),
        answers=_ACCEPTED,
        refusals=(
            errors.TenantRequired,
            *facts.FIND_VERSION,
            *facts.NEW_USE,
            *facts.GRANTS_AND_CONFIG,
            *facts.CHANGE_INSTALL,
            errors.ExtensionNotInstalled,
        ),
    ),
    f"POST {_EXTENSIONS}/uninstall": Operation(
        id="uninstall_as_predecessor",
        summary="Uninstall, as the predecessor's CLI asks for it",
        tag="compatibility",
        permissions=_WRITE,
        body=Body(UninstallExtension),
        answers=_ACCEPTED,
        refusals=(errors.TenantRequired, *facts.FIND_EXTENSION, errors.ExtensionNotInstalled),
    ),
}
