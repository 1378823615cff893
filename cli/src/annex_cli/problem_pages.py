"""What is known of every problem code without asking anybody: its meaning, and what to do about it."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from annex_cli.errors import CodeNotKnown
from annex_cli.exit_codes import EXIT_CODES, ExitCode
from annex_shared.display_text import shown
from annex_shared.manifest.suggestions import nearest

# Written by scripts/reference.py from the problem tables of the services and the errors of annex itself.
_FILE: Final = "problem_pages.json"

_BY_EXIT_CODE: Final = {
    ExitCode.USAGE: "Look at the command's --help and run it again with what is missing.",
    ExitCode.INVALID_INPUT: "Correct what the message names, then run the same again.",
    ExitCode.AUTH: "Look at `annex whoami`: it says who you act as and what that may do.",
    ExitCode.NOT_FOUND: "Check the spelling, and with `annex whoami` that you look in the right tenant.",
    ExitCode.CONFLICT: "Read what stands there now; the same command will be refused again.",
    ExitCode.VERIFICATION_FAILED: "Do not use what was checked. Keep the output and tell the operator.",
    ExitCode.REFUSED: "It is allowed later, or after somebody agreed; the message says which.",
    ExitCode.UNAVAILABLE: "Nothing was changed. Run the same again soon; `annex doctor` finds the cause.",
    ExitCode.OUTCOME_UNKNOWN: "Run the same again: it settles what happened and does nothing twice.",
    ExitCode.REMOTE_RUN_FAILED: "Look at `annex logs EXT --request ID`; the extension failed.",
    ExitCode.FINDINGS: "Look at what was found.",
}
_RETRY: Final = {
    ExitCode.OK: "there is no need to",
    ExitCode.BUG: "no; report it with the file that annex names",
    ExitCode.USAGE: "no",
    ExitCode.INVALID_INPUT: "after editing",
    ExitCode.AUTH: "after annex login, or after a grant",
    ExitCode.NOT_FOUND: "no",
    ExitCode.CONFLICT: "no",
    ExitCode.VERIFICATION_FAILED: "never blindly",
    ExitCode.REFUSED: "later, or with consent",
    ExitCode.UNAVAILABLE: "yes",
    ExitCode.OUTCOME_UNKNOWN: "yes: it settles",
    ExitCode.REMOTE_RUN_FAILED: "if the call may be done twice",
    ExitCode.FINDINGS: "there is no need to",
    ExitCode.INTERRUPTED: "yes",
    ExitCode.TERMINATED: "yes",
}
_BY_CODE: Final = {
    "VERSION_ALREADY_EXISTS": "Choose a new number with `annex version patch`, or add --skip-existing if the "
    "very same content may be there already.",
    "PERMISSION_DENIED": "Ask an administrator of the tenant for the permission that the message names, "
    "or use another login with --profile.",
    "PUBLISHER_MEMBERSHIP_REQUIRED": "Ask an owner of the publisher to add you.",
    "API_KEY_EXPIRED": "Make a new key and run `annex login`.",
    "API_KEY_REVOKED": "Make a new key and run `annex login`.",
    "API_KEY_REFUSED": "Check that the key is for this platform, then run `annex login`.",
    "API_KEY_MALFORMED": "The key was cut or mistyped. Copy it again and run `annex login`.",
    "CREDENTIAL_MISSING": "Run `annex login`, set ANNEX_TOKEN, or start a platform with `make run`.",
    "CREDENTIAL_UNREADABLE": "Mend or remove the file that the message names, then run `annex login`.",
    "KEYRING_UNAVAILABLE": "Set ANNEX_TOKEN, unlock the keyring, or `annex login --insecure-storage`.",
    "LOGIN_REFUSED": "Copy the key again, and check with --gateway that it is for this platform.",
    "PROFILE_NOT_FOUND": "Run `annex login --profile NAME`, or name a login that exists.",
    "SETTING_REFUSED": "Take the line out of the file that the message names; set it in your own file, "
    "by its ANNEX_ variable or by its flag.",
    "CODE_NOT_KNOWN": "Check the spelling; a younger platform may say codes that are not known here.",
    "PLATFORM_UNREACHABLE": "Run `annex doctor --only network`: it says whether name, connection, "
    "certificate or answer is what fails.",
    "ANSWER_NOT_UNDERSTOOD": "Check --gateway: something else answers there, such as a proxy.",
    "CONSENT_REQUIRED": "Run the command that the hint shows, with the capabilities you agree to.",
    "RATE_LIMITED": "Wait as long as the message says, then run the same again.",
    "VERSION_YANKED": "Choose another version: `annex versions EXT`.",
    "VERSION_BLOCKED": "Choose another version: `annex versions EXT`. Only administrators of the platform "
    "lift it.",
    "INSTALL_PINNED": "Release it with `annex pin EXT --undo`, then run the same again.",
    "KILL_SWITCH_ON": "Nothing you can send changes it; the message has the reason of whoever stopped it.",
    "QUOTA_EXCEEDED": "Wait until the time that the message names, or ask an administrator for more; "
    "`annex limits EXT` shows what holds.",
    "CONTROLS_TOO_WIDE": "Ask for no more than the platform allows: `annex controls show` has it beside "
    "yours.",
    "CONTROLS_CHANGED_MEANWHILE": "Look at `annex controls history`, then run the same again if it still "
    "makes sense.",
    "INSTALL_CHANGED_MEANWHILE": "Look at the install as it is now, then run the same again if it still "
    "makes sense.",
    "INSTALL_DISABLED": "Enable it with `annex enable EXT`.",
    "BUILD_FAILED": "Mend what the message and the build's own last lines name, then build again.",
    "BUILD_NOT_DECLARED": 'Write `command` under [build] in annex.toml, or a script "build" in '
    "package.json; `annex build --help` shows both.",
    "BUILD_TOOL_MISSING": "Install the program that the message names; `annex doctor --only toolchain` "
    "shows which are found.",
    "SETTING_NOT_FOUND": "`annex config get EXT` lists the settings of the install.",
    "SCHEDULE_NOT_FOUND": "`annex schedules list EXT` has their names and ids.",
    "DELIVERY_NOT_FOUND": "`annex events deliveries EXT` lists those that are kept.",
    "EXECUTION_NOT_FOUND": "`annex executions EXT` lists those that are kept.",
    "INVALID_MANIFEST": "Correct the fields that the message lists; docs/reference has the schema.",
    "EXTENSION_NOT_INSTALLED": "Install it with `annex install EXT`.",
    "SIGNATURE_REQUIRED": "Sign with --key-file, and add the key with `annex keys add` if it is new.",
    "SIGNER_UNKNOWN": "Let an owner of the publisher add the key: `annex keys add PUBLISHER FILE`.",
    "NOTHING_PUBLISHED": "Nothing was changed. Run the same command again.",
    "CI_IDENTITY_UNAVAILABLE": "Give the job an identity (`permissions: id-token: write` on GitHub), or set "
    "ANNEX_ID_TOKEN.",
    "IDEMPOTENCY_KEY_REUSED": "Use another --idempotency-key for other content.",
    "VERSION_WARMING": "Wait a moment and call again; the version is being prepared.",
    "INTERNAL": "Run the same again; if it stays, give the request id to who runs the platform.",
}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One code; ``said_by`` names the services, ``statuses`` their HTTP statuses."""

    code: str
    meaning: str
    said_by: tuple[str, ...]
    statuses: tuple[int, ...]
    exit_code: ExitCode

    @property
    def advice(self) -> str:
        return _BY_CODE.get(self.code) or _BY_EXIT_CODE[self.exit_code]

    @property
    def repeat(self) -> str:
        return _RETRY[self.exit_code]


@cache
def problem_pages() -> dict[str, ProblemPage]:
    """Read every page that this annex brings along."""
    table = json.loads(files("annex_cli").joinpath(_FILE).read_text(encoding="utf-8"))
    return {
        code: ProblemPage(
            code, facts["meaning"], tuple(facts["said_by"]), tuple(facts["statuses"]), EXIT_CODES[code]
        )
        for code, facts in table.items()
    }


def page_of(text: str) -> ProblemPage:
    """Find a page by its code in any spelling, or its address. Raises CodeNotKnown."""
    pages = problem_pages()
    code = text.strip().rstrip("/").rpartition("/")[2].replace("-", "_").upper()
    page = pages.get(code)
    if page is None:
        guess = nearest(code, pages)
        suggestion = f' Did you mean "{guess}"?' if guess else ""
        raise CodeNotKnown(
            f'This annex knows no code "{shown(text, limit=80)}".{suggestion}',
            hint=f"annex explain {guess}" if guess else None,
        )
    return page


def is_explained(code: str) -> bool:
    return code in problem_pages()


def repeat_advice(exit_code: ExitCode) -> str:
    return _RETRY[exit_code]


def advised_codes() -> frozenset[str]:
    """Every code with advice of its own; a test holds them against the codes that exist."""
    return frozenset(_BY_CODE)
