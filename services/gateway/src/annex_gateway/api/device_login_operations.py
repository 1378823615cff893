"""What the routes that sign devices in promise."""

from annex_gateway.api.device_login_bodies import (
    AskDeviceToken,
    BeginDeviceLogin,
    BegunDeviceLogin,
    DecideDeviceLogin,
    DeviceLoginView,
    DeviceToken,
)
from annex_gateway.domain import errors
from annex_shared.http.operations import Access, Answer, Body, Operation, Operations, Parameter

TAG = "identity"
_FOREIGN = (errors.ForeignHost, errors.ForeignOrigin)
_STORED = (*_FOREIGN, errors.AuthenticationUnavailable, errors.BodyTooSlow)
_PERSON = (
    errors.UserCodeUnknown,
    errors.UserCodeGuessesExceeded,
    errors.DeviceApproverRefused,
)

DEVICE_LOGIN_OPERATIONS: Operations = {
    "POST /api/v1/device-authorizations": Operation(
        id="begin_device_login",
        summary="Ask to be signed in, from a device without a browser (RFC 8628)",
        tag=TAG,
        access=Access.OPEN,
        body=Body(BeginDeviceLogin),
        answers=(Answer(200, "The codes, shown this once.", BegunDeviceLogin),),
        refusals=(*_STORED, errors.DeviceLoginsExceeded),
    ),
    "POST /api/v1/device-tokens": Operation(
        id="ask_device_token",
        summary="Ask whether a person has decided, and get the key once",
        tag=TAG,
        access=Access.OPEN,
        description=(
            "Refusals carry RFC 8628's `error` beside our `code`. After `slow_down` the device waits as long "
            "as `details.interval` says. A device code that comes again after it gave a key revokes that key."
        ),
        body=Body(AskDeviceToken),
        answers=(Answer(200, "The key, shown this once.", DeviceToken),),
        refusals=(
            *_STORED,
            errors.DeviceAuthorizationPending,
            errors.DevicePollTooFast,
            errors.DeviceAuthorizationDenied,
            errors.DeviceCodeExpired,
            errors.DeviceCodeUnknown,
            errors.DeviceCodeUsed,
        ),
    ),
    "GET /api/v1/device-authorizations/{user_code}": Operation(
        id="show_device_login",
        summary="Show a device that waits to be signed in to who has its code",
        tag=TAG,
        description="For a person: with a session or a token. Ten codes that do not exist, then a pause.",
        answers=(Answer(200, "The device's login.", DeviceLoginView),),
        refusals=_PERSON,
    ),
    "POST /api/v1/device-authorizations/{user_code}": Operation(
        id="decide_device_login",
        summary="Approve or deny a device that waits to be signed in",
        tag=TAG,
        description=(
            "For a person, once. The device gets an API key of that person's, with no more than they hold, "
            "for 30 days unless `days` says otherwise, and no longer than the key they signed in with."
        ),
        body=Body(DecideDeviceLogin),
        answers=(Answer(200, "The login as it was decided.", DeviceLoginView),),
        refusals=(*_PERSON, errors.DeviceLoginDecided, errors.GrantRefused, errors.BodyTooSlow),
    ),
}
DEVICE_LOGIN_PARAMETERS = {
    "user_code": Parameter("user_code", "The code that the device shows; the dash may be left out.", "path"),
}
