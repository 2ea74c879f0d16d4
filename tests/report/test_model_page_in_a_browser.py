"""The page of a model's report in a real browser: nothing asked for, nothing complained of, reached by keyboard.

Chromium is spoken to by its DevTools protocol over two pipes, which takes nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import headword as hw
import planted as world
from headword.report import model_report
from tasks.worlds import captioned, labelled

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]


class Browser:
    """Commands and the events that came meanwhile."""

    def __init__(self, profile: Path) -> None:
        there, out = os.pipe()
        back, here = os.pipe()
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
        ]
        # The browser reads from 3 and writes to 4.
        start = "import os, sys; _, one, two, *words = sys.argv; os.dup2(int(one), 3); os.dup2(int(two), 4)"
        start += "; os.execv(words[0], words)"
        words = [sys.executable, "-c", start, str(there), str(here), str(CHROMIUM), *options]
        self._process = subprocess.Popen(words, pass_fds=(there, here), stderr=subprocess.DEVNULL)
        os.close(there)
        os.close(here)
        self._out, self._back = os.fdopen(out, "wb", 0), os.fdopen(back, "rb", 0)
        self._count, self._rest, self.session = 0, b"", ""
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._count:
                assert "error" not in found, found
                result: dict[str, Any] = found["result"]
                return result
            self.events.append(found)

    def wait(self, method: str) -> None:
        while all(each.get("method") != method for each in self.events):
            self.events.append(self._next())

    def value(self, expression: str) -> Any:
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def key(self, name: str) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=KEYS[name])

    def close(self) -> None:
        self._out.close()
        self._back.close()
        self._process.terminate()
        self._process.wait(20)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self._back.fileno(), 1 << 16)
            assert read, "the browser has gone"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


KEYS = {"Tab": 9, "ArrowRight": 39, "ArrowDown": 40}


@pytest.fixture(scope="module")
def address(planted_model: hw.AlignedModel, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    data = [labelled(world.NEW_WORDS, range(100, 103)), captioned(world.NEW_WORDS)]
    model_report(planted_model, data, definitions={}, permutations=50).write(path)
    return path.as_uri()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(tmp_path)
    try:
        target = opened.ask("Target.createTarget", url="about:blank")["targetId"]
        opened.session = opened.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            opened.ask(f"{domain}.enable")
        yield opened
    finally:
        opened.session = ""
        opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_in_a_browser(browser: Browser, address: str, width: int, scheme: str) -> None:
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.ask("Page.navigate", url=address)
    browser.wait("Page.loadEventFired")

    assert browser.value("document.documentElement.scrollWidth") <= width
    papers = {"light": "rgb(247, 246, 243)", "dark": "rgb(19, 21, 24)"}
    assert browser.value("getComputedStyle(document.body).backgroundColor") == papers[scheme]
    assert browser.value("[...document.images].every((each) => each.complete && each.naturalWidth > 0)")

    browser.value("document.querySelector('.map').focus()")
    browser.key("ArrowRight")
    first = browser.value("document.querySelector('.told').textContent")
    assert first.split(":")[0] in ("prototype", "picture", "text")
    browser.key("ArrowDown")
    assert browser.value("document.querySelector('.told').textContent") != first

    wanted = browser.value("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
    # What a closed <details> hides is not reached, and need not be.
    hidden = browser.value("document.querySelectorAll('details:not([open]) [tabindex=\"0\"]').length")
    browser.value("document.activeElement.blur(); window.reached = new Set(); "
                  "addEventListener('focusin', (event) => reached.add(event.target)); null")  # fmt: skip
    for _ in range(wanted + 3):
        browser.key("Tab")
    assert browser.value("reached.size") >= wanted - hidden

    asked = [
        each["params"]["request"]["url"] for each in browser.events if each.get("method") == "Network.requestWillBeSent"
    ]
    assert {url for url in asked if not url.startswith("data:")} == {address}
    complaints = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
    assert [each for each in browser.events if each.get("method") in complaints] == []


def test_no_other_script_would_run(browser: Browser, address: str, tmp_path: Path) -> None:
    path = Path(address.removeprefix("file://"))
    spoilt = tmp_path / "spoilt.html"
    text = path.read_text(encoding="utf-8")
    spoilt.write_text(text.replace("<main>", "<main><script>document.title = 'ran'</script>"), encoding="utf-8")
    browser.ask("Page.navigate", url=spoilt.as_uri())
    browser.wait("Page.loadEventFired")
    assert browser.value("document.title") != "ran"
    browser.key("Tab")  # a round trip, after which the complaint has come
    assert any("Content Security Policy" in json.dumps(each) for each in browser.events)
