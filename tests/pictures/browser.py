"""Pages in Chromium: what they log, what they ask for, and what they do at clicks and keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from typing import Any

AXE = environ.get("AXE_JS", "")
"""The file `axe.min.js` of the npm package `axe-core`; `.ci/run` installs it."""


@dataclass
class Tab:
    """A page that is open.

    Attributes:
        page: playwright's.
        messages: of the console, and errors.
        requests: what the page asked for.
    """

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def run(self, code: str, argument: Any = None) -> Any:
        """The value of an expression or a function in the page."""
        return self.page.evaluate(code, argument)

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def open(self) -> list[int]:
        """The items that are open."""
        return sorted(self.run("[...page.state.open]"))

    @property
    def selected(self) -> str:
        """The name of the item that is selected."""
        return str(self.run("page.state.selected ? page.data.items[page.state.selected].name : ''"))

    @property
    def focused(self) -> str:
        """The name of the item that has the keyboard."""
        found = self.run("document.activeElement.dataset.item")
        return "" if found is None else str(self.run("number => page.data.items[number].name", int(found)))


@contextmanager
def opened_tab(browser: Any, html: str, folder: Path, link: str = "", **context: Any) -> Iterator[Tab]:
    """A page from a file, held to log nothing and to ask for nothing but itself."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    settings = {"viewport": {"width": 1280, "height": 900}} | context
    browsing = browser.new_context(**settings)
    tab = Tab(browsing.new_page())
    tab.page.on("console", lambda message: tab.messages.append(message.text))
    tab.page.on("pageerror", lambda error: tab.messages.append(str(error)))
    tab.page.on("request", lambda request: tab.requests.append(request.url))
    tab.page.goto(f"{file.as_uri()}{link}")
    yield tab
    assert tab.messages == []
    assert [url.partition("#")[0] for url in tab.requests] == [file.as_uri()]
    browsing.close()
