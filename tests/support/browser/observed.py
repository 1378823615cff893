"""What a browser loaded and complained about while it showed a page."""

from dataclasses import dataclass, field

from playwright.async_api import ConsoleMessage, Error, Page, Request, Response


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error or warning in the console, a script's exception, a failed request; ``url`` is where."""

    url: str
    text: str


@dataclass
class Observed:
    """Everything since the page was opened, frames included; violations of a policy come by the console.

    It has no slots: playwright keeps its wrapper of a listening method on the object itself.
    """

    loaded: list[str] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> "Observed":
        observed = cls()
        page.on("response", observed._on_response)
        page.on("requestfailed", observed._on_failed_request)
        page.on("console", observed._on_console)
        page.on("pageerror", lambda error: observed._on_exception(page, error))
        return observed

    def complaints_below(self, prefix: str) -> list[Complaint]:
        return [complaint for complaint in self.complaints if complaint.url.startswith(prefix)]

    def _on_response(self, response: Response) -> None:
        if response.ok:
            self.loaded.append(response.url)

    def _on_failed_request(self, request: Request) -> None:
        self.complaints.append(Complaint(request.url, f"failed: {request.failure}"))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(Complaint(message.location["url"], message.text))

    def _on_exception(self, page: Page, error: Error) -> None:
        self.complaints.append(Complaint(page.url, f"exception: {error}"))
