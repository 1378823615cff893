"""Consent: what a version asks for, what of it a tenant granted and denied, and what nobody decided yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annex_registry.domain.errors import ConsentRequired, GrantNotRequested, InvalidGrants
from annex_registry.domain.version import PublishedVersion
from annex_shared.display_text import shown
from annex_shared.manifest import DEFAULT_CAPABILITIES, normalise_capability


@dataclass(frozen=True, slots=True)
class Consent:
    """``denied`` may name what the present version does not ask for: a denial holds until it is changed."""

    granted: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    def undecided(self, version: PublishedVersion) -> tuple[str, ...]:
        """Name what the version asks for and nobody decided; what every install may do needs no decision."""
        decided = {*self.granted, *self.denied, *DEFAULT_CAPABILITIES}
        return tuple(sorted(name for name in version.capabilities if name not in decided))

    def for_version(self, version: PublishedVersion) -> "Consent":
        """Carry over: grants end with what is asked for, denials stay. Raises ConsentRequired."""
        carried = Consent(tuple(name for name in self.granted if name in version.capabilities), self.denied)
        return carried.complete_for(version)

    def complete_for(self, version: PublishedVersion) -> "Consent":
        """Return itself. Raises ConsentRequired while something is undecided."""
        undecided = self.undecided(version)
        if undecided:
            listed = ", ".join(undecided)
            raise ConsentRequired(
                f"{version.extension.ref} {version.number} asks for what this tenant has not decided: "
                f"{listed}. Nothing was changed. Send it with grants and denied that name each of them.",
                details={
                    "extension": str(version.extension.ref),
                    "version": version.number.text,
                    "new_capabilities": list(undecided),
                    "capabilities": list(version.capabilities),
                    "grants": list(self.granted),
                    "denied": list(self.denied),
                },
            )
        return self

    def decided(
        self, version: PublishedVersion, *, grants: Sequence[str] | None, denied: Sequence[str] | None
    ) -> "Consent":
        """Decide anew about what ``version`` asks for.

        ``grants`` alone denies all the rest; with ``denied`` the two must name everything; ``denied`` alone
        takes away from what was granted. Raises GrantNotRequested, InvalidGrants, ConsentRequired.
        """
        elsewhere = [name for name in self.denied if name not in version.capabilities]
        if denied is None:
            granted = accepted_grants(grants or (), version)
            rest = [name for name in version.capabilities if name not in {*granted, *DEFAULT_CAPABILITIES}]
            return Consent(granted, tuple(sorted({*elsewhere, *rest})))
        refused = accepted_grants(denied, version)
        if grants is None:
            granted = tuple(
                name for name in self.granted if name in version.capabilities and name not in refused
            )
        else:
            granted = accepted_grants(grants, version)
        _refuse_contradiction(granted, refused)
        return Consent(granted, tuple(sorted({*elsewhere, *refused}))).complete_for(version)


def accepted_grants(grants: Iterable[str], version: PublishedVersion) -> tuple[str, ...]:
    """Return the capabilities in their one spelling, sorted. Raises GrantNotRequested."""
    return tuple(sorted({_accepted_grant(grant, version) for grant in grants}))


def _accepted_grant(grant: str, version: PublishedVersion) -> str:
    try:
        name = normalise_capability(grant)
    except ValueError:
        name = grant
    if name not in version.capabilities:
        asked = ", ".join(version.capabilities) or "nothing"
        raise GrantNotRequested(
            f'{version.extension.ref} {version.number} does not ask for "{shown(grant, limit=80)}". '
            f"It asks for {asked}. Grant or deny only what it asks for.",
            details={"grant": shown(grant), "capabilities": list(version.capabilities)},
        )
    return name


def _refuse_contradiction(granted: Sequence[str], denied: Sequence[str]) -> None:
    twice = sorted({*granted} & {*denied})
    if twice:
        raise InvalidGrants(
            f"grants and denied both name {', '.join(twice)}. Name each capability in one of them.",
            details={"capabilities": list(twice)},
        )
    always = sorted(DEFAULT_CAPABILITIES & {*denied})
    if always:
        raise InvalidGrants(
            f"denied names {', '.join(always)}, which every install may do. Leave it out.",
            details={"capabilities": list(always)},
        )
