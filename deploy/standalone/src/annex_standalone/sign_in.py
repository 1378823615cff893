"""The link that signs a newcomer in to the console: made anew at every start, for its owner's eyes only."""

import json
from http import HTTPStatus

from annex_cli.platform_client import platform_client
from annex_standalone.errors import SignInLinkFailed
from annex_standalone.home import Home
from annex_standalone.summary import SIGN_IN_FILE, DevFacts


async def sign_in_address(home: Home, facts: DevFacts) -> str:
    """Ask for a link as the administrator; what is behind the # is sent to no server by opening it."""
    async with platform_client(facts.gateway_url, facts.admin_api_key) as admin:
        answer = await admin.send("POST", "/api/v1/sign-in-links")
    if answer.status != HTTPStatus.CREATED:
        raise SignInLinkFailed(f"The gateway made no link to sign in: status {answer.status}.")
    address = f"{facts.gateway_url}/sign-in#link={json.loads(answer.body)['link']}"
    home.write_private(SIGN_IN_FILE, address + "\n")
    return address
