"""One run of a command: its settings and terminal, the platform it talks to, what it found worth saying."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never

from pydantic import JsonValue

from annex_cli.attempts import AttemptStore
from annex_cli.credentials import Credential, CredentialWish, Purpose, find_credential
from annex_cli.errors import CredentialMissing
from annex_cli.http_lines import http_lines
from annex_cli.options import Settings
from annex_cli.output import Warned, failure_document, success_document
from annex_cli.platform_client import PlatformClient, platform_client
from annex_cli.terminal import Terminal
from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError


@dataclass(slots=True)
class Session:
    """``credential``, ``yours`` and ``if_stopped`` are there for whoever explains a failure."""

    command: str
    settings: Settings
    terminal: Terminal
    environment: Mapping[str, str]
    warnings: list[Warned] = field(default_factory=list)
    credential: str | None = None
    yours: ContentHash | None = None
    if_stopped: str = "Stopped. Nothing was changed."
    has_shown: bool = False
    told_of: set[str] = field(default_factory=set)

    @classmethod
    def begin(cls, command: str, settings: Settings, environment: Mapping[str, str]) -> "Session":
        terminal = Terminal(
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
            environment=environment,
            is_json=settings.is_json,
            verbosity=settings.verbosity,
            color=settings.color,
            may_ask=settings.may_ask,
            asks_with_json=settings.is_interactive,
            has_spinner=settings.has_spinner,
        )
        session = cls(command, settings, terminal, environment)
        for warning in settings.layers.warnings if settings.layers else ():
            session.warn("SETTING_UNKNOWN", warning)
        return session

    def path(self, text: str | Path) -> Path:
        """Read a path as its user meant it: from --cwd."""
        return self.settings.folder / text

    @property
    def credential_wish(self) -> CredentialWish:
        settings = self.settings
        return CredentialWish(
            settings.gateway_url,
            settings.tenant,
            settings.token_file,
            profile=settings.profile,
            project_gateway=settings.project_gateway,
        )

    @property
    def attempts(self) -> AttemptStore:
        return AttemptStore(state_folder(self.environment) / "attempts")

    @asynccontextmanager
    async def platform(self, purpose: Purpose, *, is_public: bool = False) -> AsyncIterator[PlatformClient]:
        """Open a client that acts as whoever was found, or as nobody where that is enough.

        Raises CredentialMissing and its like.
        """
        settings = self.settings
        try:
            credential = find_credential(
                self.credential_wish,
                purpose,
                environment=self.environment,
                folder=settings.folder,
            )
        except CredentialMissing:
            if not is_public or settings.gateway_url is None:
                raise
            credential = Credential("", "nobody", settings.gateway_url, None)
        self.credential = credential.source
        if credential.is_development and credential.source not in self.told_of:
            self.told_of.add(credential.source)
            self.terminal.say(f"using      {credential.source}")
        elif credential.hidden is not None:
            self.terminal.say(
                f"using      {credential.source}; --profile dev uses the platform of {credential.hidden}"
            )
        async with self.platform_as(
            credential.gateway_url, credential.token, tenant_id=credential.tenant_id
        ) as client:
            yield client

    @asynccontextmanager
    async def platform_as(
        self, gateway_url: str, token: str, *, tenant_id: str | None = None
    ) -> AsyncIterator[PlatformClient]:
        """Open a client with a credential found elsewhere, "" for what is public."""
        trace = http_lines(self.terminal.fail) if self.settings.is_debug else None
        async with platform_client(
            gateway_url,
            token,
            tenant_id=tenant_id,
            timeout_seconds=self.settings.timeout_seconds,
            trace=trace,
        ) as client:
            yield client

    def warn(self, code: str, message: str) -> None:
        self.warnings.append(Warned(code, message))
        self.terminal.warn(message)

    def show(self, data: Mapping[str, JsonValue], text: str) -> None:
        """Give the result, once: as the one JSON document, or as text."""
        self.has_shown = True
        if self.terminal.is_json:
            self.terminal.result(success_document(self.command, data, self.warnings))
        else:
            self.terminal.result(text)

    def show_broken(self, error: AnnexError, data: Mapping[str, JsonValue], text: str) -> Never:
        """Give a result that is at the same time a failure, and end with it."""
        self.has_shown = True
        if self.terminal.is_json:
            self.terminal.result(failure_document(self.command, error, self.warnings, data=data))
        else:
            self.terminal.result(text)
        raise error

    def ok(self, text: str) -> str:
        return f"{self.terminal.styled('ok', self.terminal.stdout, fg='green')}         {text}"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where attempts and reports are kept: never in a project, which may be thrown away or shared."""
    home = environment.get("XDG_STATE_HOME")
    return (Path(home) if home and Path(home).is_absolute() else Path.home() / ".local" / "state") / "annex"
