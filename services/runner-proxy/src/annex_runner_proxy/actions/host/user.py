"""``alga:extension/user`` and ``user-v2``: the person on whose behalf the extension is called."""

from typing import Any, Final

from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction

USER_READ: Final = "cap:user.read"
_DENIED: Final = ("err", "not-allowed")


def user_functions() -> HostApi:
    return {
        "user.get-user": HostFunction(_user, USER_READ, denied=_DENIED),
        "user-v2.get-user": HostFunction(_user_v2, USER_READ, denied=_DENIED),
    }


def _user(scope: CallScope) -> tuple[str, Any]:
    user = scope.user
    if user is None:
        return "err", "not-available"
    return "ok", {
        "tenant-id": str(scope.install.tenant_id),
        "client-name": user.client_name,
        "user-id": user.user_id,
        "user-email": user.user_email,
        "user-name": user.user_name,
        "user-type": user.user_type,
    }


def _user_v2(scope: CallScope) -> tuple[str, Any]:
    result, shown = _user(scope)
    if scope.user is None:
        return result, shown
    return result, {
        **shown,
        "client-id": scope.user.client_id,
        "additional-fields": list(scope.user.additional_fields),
    }
