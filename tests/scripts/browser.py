# SPDX-License-Identifier: GPL-2.0-only
"""A headless Chromium, driven through a pipe with its own protocol (CDP)."""
import json
import os
import select
import subprocess
import tempfile
import time


class Browser:
    """with Browser(PROGRAM) as browser: opens pages, clicks, types, and evaluates expressions."""

    def __init__(self, program):
        self.number = 0
        self.buffer = b""
        self.events = []
        self.session = None
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_it, self.out = os.pipe()
        self.into, from_it = os.pipe()

        def place():
            # It reads from descriptor 3 and writes to 4.
            os.dup2(to_it, 10)
            os.dup2(from_it, 11)
            os.dup2(10, 3)
            os.dup2(11, 4)

        self.child = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--hide-scrollbars", "--window-size=1240,4000", "--remote-debugging-pipe",
             f"--user-data-dir={self.home.name}"],
            preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_it)
        os.close(from_it)

    def __enter__(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.call(domain + ".enable")
        return self

    def __exit__(self, *_):
        os.close(self.out)
        self.child.terminate()
        self.child.wait()
        os.close(self.into)
        self.home.cleanup()

    def receive(self, timeout):
        while b"\0" not in self.buffer:
            if not select.select([self.into], [], [], timeout)[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(self.into, 1 << 16)
            if not data:
                raise EOFError("the browser has ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, timeout=60, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive(timeout)
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, path):
        """Returns the requests and complaints of the page."""
        self.events = []
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        end = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.receive(end - time.monotonic()))

    def complaints(self):
        """Exceptions, refused scripts, requests for anything but the page."""
        self.value("1")
        found = []
        for event in self.events:
            method, what = event.get("method"), event.get("params")
            if method in ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening"):
                found.append(json.dumps(what)[:300])
            if method == "Network.requestWillBeSent" and what["type"] != "Document":
                found.append("request: " + what["request"]["url"][:100])
        return found

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def click(self, element):
        """In the middle of what the expression stands for."""
        x, y = self.value(f"""(() => {{ const e = {element}; e.scrollIntoView({{block: "center"}});
            const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()""")
        for kind in "mousePressed", "mouseReleased":
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, element, text):
        self.value(f"{element}.focus(), {element}.select()")
        self.call("Input.insertText", text=text)
