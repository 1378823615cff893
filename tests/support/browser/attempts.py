"""Try from inside a page what it may not do, and read how the browser refused."""

from playwright.async_api import Frame, Page

ALLOWED = "allowed"
# A refusal is reported at once; one that is not reported within this time was none.
_REPORT_MS = 20_000


async def outcome(place: Page | Frame, act: str) -> str:
    """Return the name of the exception that the act (a JavaScript function) meets, or ``allowed``."""
    script = (
        f"async () => {{ try {{ await ({act})(); return '{ALLOWED}'; }} catch (e) {{ return e.name; }} }}"
    )
    result: str = await place.evaluate(script)
    return result


async def violated_directive(place: Page | Frame, act: str) -> str | None:
    """Return the directive of the page's policy that the act violates, or None if it violates none."""
    directive: str | None = await place.evaluate(
        f"""() => new Promise((resolve) => {{
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
          setTimeout(() => resolve(null), {_REPORT_MS});
          ({act})();
        }})"""
    )
    return directive


async def script_outcome(place: Page | Frame, address: str) -> str:
    """Add a script element for the address; return which event it ends with, ``load`` or ``error``."""
    event: str = await place.evaluate(
        """(src) => new Promise((resolve) => {
          const script = Object.assign(document.createElement("script"), { src });
          script.onload = script.onerror = ({ type }) => resolve(type);
          document.head.append(script);
        })""",
        address,
    )
    return event
