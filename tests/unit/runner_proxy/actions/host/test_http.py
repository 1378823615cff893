from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from annex_runner_proxy.actions.host.http import HTTP_FETCH, Egress, http_functions
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.egress import EgressFailed, EgressPolicy, SubrequestMeter
from annex_runner_proxy.domain.errors import SubrequestLimitExceeded
from annex_runner_proxy.domain.host_call import CallScope
from annex_runner_proxy.domain.installs import SealedSecret
from annex_runner_proxy.domain.ports import WireAnswer, WireRequest
from annex_shared.host_patterns import parse_host_patterns
from annex_shared.observability.trace_context import TraceContext, in_trace
from annex_shared.secret_envelope import SealedSecrets
from annex_shared.web_hosts import IpAddress
from support.outgoing import ScriptedResolver
from unit.runner_proxy.fakes import INSTALL, OpenedSecrets, a_scope

SEALED = SealedSecrets("key-1", ("TOKEN",), "nonce", "ciphertext")
PUBLIC = ("8.8.8.8",)


@dataclass(slots=True)
class RecordingSender:
    """Answers each request with the next of its answers, and keeps what was asked."""

    answers: list[WireAnswer] = field(default_factory=lambda: [WireAnswer(200, (), b"ok")])
    sent: list[WireRequest] = field(default_factory=list)
    addresses: list[IpAddress] = field(default_factory=list)
    is_connected: bool = True

    async def send(
        self,
        request: WireRequest,
        addresses: Sequence[IpAddress],
        *,
        meter: SubrequestMeter,
        before_sending: Callable[[], None],
    ) -> WireAnswer:
        if not self.is_connected:
            raise EgressFailed("transport", "the connection failed")
        before_sending()
        meter.moved(100)
        self.sent.append(request)
        self.addresses.extend(addresses)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass(slots=True)
class World:
    """A call of an install that may call every name below example.com, and everything around it."""

    sender: RecordingSender = field(default_factory=RecordingSender)
    resolver: ScriptedResolver = field(
        default_factory=lambda: ScriptedResolver({"api.example.com": [PUBLIC], "b.example.com": [PUBLIC]})
    )
    bound_to: tuple[str, ...] = ("api.example.com",)
    max_redirects: int = 0
    scope_changes: dict[str, Any] = field(default_factory=dict)
    scope: CallScope = field(init=False)
    broker: CallBroker = field(init=False)

    def __post_init__(self) -> None:
        hosts = parse_host_patterns(["*.example.com"])
        self.scope = a_scope(
            **{
                "grants": {HTTP_FETCH},
                "declared_egress": hosts,
                "egress": hosts,
                "secrets": (SealedSecret("TOKEN", SEALED, None, parse_host_patterns(self.bound_to)),),
                **self.scope_changes,
            }
        )
        egress = Egress(
            resolver=self.resolver,
            sender=self.sender,
            secrets=OpenedSecrets({INSTALL: {"TOKEN": "s3cret-value"}}),
            policy=EgressPolicy(),
            resolve_seconds=0.05,
            max_redirects=self.max_redirects,
        )
        self.broker = CallBroker(self.scope, http_functions(egress), write_log=lambda *_: None)

    async def fetch(
        self,
        url: str = "https://api.example.com/v1",
        method: str = "GET",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Any:
        pairs = [{"name": name, "value": value} for name, value in headers]
        request = {"method": method, "url": url, "headers": pairs, "body": body}
        return await self.broker.answer("http.fetch", [request])


async def test_an_allowed_host_is_asked_at_the_address_it_has() -> None:
    world = World()

    result = await world.fetch(headers=[("Host", "evil.example"), ("X-Own", "1")])

    assert result == ("ok", {"status": 200, "headers": [], "body": b"ok"})
    (sent,) = world.sender.sent
    assert (sent.target.authority, sent.headers) == ("api.example.com", (("x-own", "1"),))
    assert [str(one) for one in world.sender.addresses] == ["8.8.8.8"]
    assert (world.scope.subrequests, world.scope.effects, world.scope.subrequests_in_flight) == (1, 0, 0)


async def test_a_request_says_which_trace_it_belongs_to_unless_the_guest_has_its_own() -> None:
    world, own = World(), "00-" + "1" * 32 + "-" + "2" * 16 + "-01"

    with in_trace(TraceContext("a" * 32, "b" * 16)):
        await world.fetch()
        await world.fetch(headers=[("Traceparent", own)])

    ours, theirs = (dict(sent.headers)["traceparent"] for sent in world.sender.sent)
    assert ours == "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    assert theirs == own


@pytest.mark.parametrize(
    ("request_parts", "error"),
    [
        ({"url": "not an address"}, "invalid-url"),
        ({"url": "https://api.example.com@127.0.0.1/"}, "invalid-url"),
        ({"url": "https://other.example.org/"}, "not-allowed"),
        ({"url": "http://api.example.com/"}, "not-allowed"),
        ({"method": "TRACE"}, "not-allowed"),
        ({"method": "CONNECT"}, "not-allowed"),
        ({"method": "GET / HTTP/1.1\r\nx: y"}, "not-allowed"),
        ({"headers": [("x", "a\r\nhost: evil")]}, "not-allowed"),
        ({"url": "https://missing.example.com/"}, "transport"),
    ],
    ids=["no-url", "user-name", "host", "scheme", "trace", "connect", "method", "line-end", "no-name"],
)
async def test_what_may_not_leave_is_never_sent(request_parts: dict[str, Any], error: str) -> None:
    world = World()

    assert await world.fetch(**request_parts) == ("err", error)
    assert world.sender.sent == []
    assert world.scope.effects == 0


async def test_a_host_outside_the_tenants_controls_is_not_even_looked_up() -> None:
    world = World(scope_changes={"controlled_egress": parse_host_patterns(["b.example.com"])})

    assert await world.fetch(headers=[("x", "{{secret:TOKEN}}")]) == ("err", "not-allowed")
    assert (world.resolver.asked, world.sender.sent) == ([], [])
    assert (await world.fetch("https://b.example.com/"))[0] == "ok"


async def test_a_redirect_out_of_the_tenants_controls_is_not_followed() -> None:
    world = World(
        max_redirects=3, scope_changes={"controlled_egress": parse_host_patterns(["api.example.com"])}
    )
    world.sender.answers = [redirect("https://b.example.com/"), WireAnswer(200, (), b"ok")]

    assert await world.fetch() == ("err", "not-allowed")
    assert [sent.target.host for sent in world.sender.sent] == ["api.example.com"]


async def test_a_secret_bound_to_a_host_does_not_open_it_against_the_controls() -> None:
    world = World(
        bound_to=("b.example.com",),
        scope_changes={"controlled_egress": parse_host_patterns(["api.example.com"])},
    )

    assert await world.fetch("https://b.example.com/", headers=[("x", "{{secret:TOKEN}}")]) == (
        "err",
        "not-allowed",
    )
    assert world.sender.sent == []


async def test_without_the_grant_nothing_is_looked_up() -> None:
    world = World(scope_changes={"grants": set()})

    assert await world.fetch() == ("err", "not-allowed")
    assert world.resolver.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        ("127.0.0.1",),
        ("8.8.8.8", "10.0.0.1"),
        ("::ffff:127.0.0.1",),
        ("169.254.169.254",),
        ("::1", "8.8.8.8"),
    ],
    ids=["loopback", "mixed", "mapped", "metadata", "dual"],
)
async def test_a_name_that_leads_inside_is_refused(answer: tuple[str, ...]) -> None:
    world = World(resolver=ScriptedResolver({"api.example.com": [answer]}))

    assert await world.fetch() == ("err", "not-allowed")
    assert world.sender.sent == []


async def test_each_request_judges_the_answer_it_uses() -> None:
    world = World(resolver=ScriptedResolver({"api.example.com": [PUBLIC, ("127.0.0.1",)]}))

    results = [await world.fetch(), await world.fetch()]

    assert [result[0] for result in results] == ["ok", "err"]
    assert world.resolver.asked == ["api.example.com", "api.example.com"]
    assert len(world.sender.sent) == 1


async def test_a_name_that_never_resolves_is_given_up() -> None:
    world = World(resolver=ScriptedResolver(never=frozenset({"api.example.com"})))

    assert await world.fetch() == ("err", "transport")


async def test_a_call_that_is_nearly_over_waits_no_longer_than_itself() -> None:
    world = World(
        resolver=ScriptedResolver(never=frozenset({"api.example.com"})),
        scope_changes={"deadline": 100.01},
    )

    assert await world.fetch() == ("err", "transport")


@pytest.mark.parametrize(
    ("method", "effects"), [("GET", 0), ("HEAD", 0), ("OPTIONS", 0), ("POST", 1), ("delete", 1), ("PATCH", 1)]
)
async def test_an_unsafe_method_is_an_effect_once_it_is_sent(method: str, effects: int) -> None:
    sent, unsent = World(), World(sender=RecordingSender(is_connected=False))

    await sent.fetch(method=method)
    await unsent.fetch(method=method)

    assert (sent.scope.effects, unsent.scope.effects) == (effects, 0)


async def test_one_subrequest_too_many_ends_the_call() -> None:
    world = World(scope_changes={"subrequests": 1})
    await world.fetch()

    with pytest.raises(SubrequestLimitExceeded):
        await world.fetch()

    assert len(world.sender.sent) == 1


async def test_a_bound_secret_is_filled_in_and_comes_back_blanked_out() -> None:
    echo = WireAnswer(200, (("x-echo", "s3cret-value"),), b'{"token": "s3cret-value"}')
    world = World(sender=RecordingSender([echo]))

    result = await world.fetch(
        "https://api.example.com/?k={{secret:TOKEN}}",
        "POST",
        [("Authorization", "Bearer {{secret:TOKEN}}")],
        b"{{secret:TOKEN}}",
    )

    (sent,) = world.sender.sent
    assert sent.target.query == "k=s3cret-value"
    assert sent.headers == (("authorization", "Bearer s3cret-value"),)
    assert sent.body == b"s3cret-value"
    assert "s3cret-value" not in repr(result)


@pytest.mark.parametrize(
    ("bound_to", "template"),
    [((), "TOKEN"), (("b.example.com",), "TOKEN"), (("api.example.com",), "OTHER")],
    ids=["unbound", "other-host", "unknown"],
)
async def test_a_secret_goes_to_no_host_it_is_not_bound_to(bound_to: tuple[str, ...], template: str) -> None:
    world = World(bound_to=bound_to)

    assert await world.fetch(headers=[("x", f"{{{{secret:{template}}}}}")]) == ("err", "not-allowed")
    assert world.scope.opened_secrets == {}
    assert world.resolver.asked == []


async def test_a_template_does_not_grant_reading() -> None:
    world = World()
    await world.fetch(headers=[("x", "{{secret:TOKEN}}")])

    assert not world.scope.install.may("cap:secrets.get")
    assert world.scope.redacted("it is s3cret-value") == "it is [secret]"


def redirect(location: str, status: int = 302) -> WireAnswer:
    return WireAnswer(status, (("location", location),), b"")


async def test_a_redirect_is_the_guests_to_follow() -> None:
    world = World(sender=RecordingSender([redirect("https://b.example.com/")]))

    result = await world.fetch()

    assert result[1]["status"] == 302
    assert len(world.sender.sent) == 1


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("https://169.254.169.254/latest/", "not-allowed"),
        ("https://other.example.org/", "not-allowed"),
        ("http://api.example.com/", "not-allowed"),
        ("https://api.example.com@127.0.0.1/", "invalid-url"),
        ("file:///etc/passwd", "invalid-url"),
    ],
)
async def test_a_followed_redirect_passes_every_check_again(location: str, error: str) -> None:
    world = World(sender=RecordingSender([redirect(location)]), max_redirects=5)

    assert await world.fetch() == ("err", error)
    assert len(world.sender.sent) == 1


async def test_credentials_do_not_follow_to_another_origin() -> None:
    world = World(
        sender=RecordingSender([redirect("https://b.example.com/x", 307), WireAnswer(200, (), b"ok")]),
        max_redirects=5,
    )

    result = await world.fetch(
        method="POST",
        headers=[("authorization", "x"), ("x-key", "{{secret:TOKEN}}"), ("accept", "y")],
        body=b"body",
    )

    assert result[0] == "ok"
    assert world.sender.sent[1].headers == (("accept", "y"),)
    assert (world.sender.sent[1].method, world.sender.sent[1].body) == ("POST", b"body")
    assert world.scope.subrequests == 2


async def test_a_post_that_is_sent_elsewhere_becomes_a_get_without_body() -> None:
    world = World(
        sender=RecordingSender([redirect("/other", 303), WireAnswer(200, (), b"ok")]), max_redirects=1
    )

    await world.fetch(method="POST", headers=[("content-type", "text/plain")], body=b"body")

    second = world.sender.sent[1]
    assert (second.method, second.body, second.headers, second.target.path) == ("GET", None, (), "/other")


async def test_redirects_have_an_end() -> None:
    world = World(sender=RecordingSender([redirect("/again")]), max_redirects=3)

    assert await world.fetch() == ("err", "transport")
    assert len(world.sender.sent) == 4
