#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""page.py PROBE CHROMIUM: makes pages with "probe LOG --html", opens them in a real browser, clicks
and searches, and compares their numbers with those of --json. Prints a line for each check: ok NAME,
or not ok NAME: WHY."""
import collections
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from browser import Browser  # noqa: E402

PROBE, CHROMIUM = sys.argv[1:3]
STACKS = [["f+0x0/0x9", "near+0x1/0x9", "far+0x1/0x9"], ["f+0x0/0x9", "other+0x1/0x9 [mod]", "far+0x1/0x9"],
          ["f+0x0/0x9", "far+0x2/0x9", "far+0x1/0x9"]]
EVIL = ['</script><script>boo()</script>', '<img src=x onerror=boo()>', '"]]></script><!--', "{{boo()}}",
        "\\u003cscript>boo()", "<!--<script>", "'-boo()-'", "&lt;b&gt;", "javascript:boo()",
        "<svg/onload=boo()>", "\u20ac<b>"]


def sample():
    """Calls in two boots, with and without a stack, that fail in several ways; and HTML."""
    chance = random.Random(1)
    lines = []
    for i in range(3000):
        if i == 2000:
            lines.append("[    0.000000] Linux version 6.12.0")
        t = 50 + i / 100 if i < 2000 else 2 + i / 500
        value = chance.choice(["7", "0", "-2 -ENOENT", "-13 -EACCES", "-512", "832"])
        evil = EVIL[i % len(EVIL)]
        text = evil.replace("\\", "\\\\").replace('"', '\\"')
        text = re.sub(r"[^ -~]", lambda m: "".join(f"\\x{b:02x}" for b in m[0].encode()), text)
        comm = text[:15].rstrip("\\") if i % 3 else "cat"
        ns = 0 if i == 5 else int(chance.lognormvariate(9, 1.5))
        lines.append(f"[   12.345678] kretprobe_example: f returned {value} and took {ns} ns to execute "
                     f"path=\"{text}\" t={t:.9f} cpu=0 pid=7 tid=7 comm={comm}")
        if i % 4:
            lines.append("[   12.345678] kretprobe_example: Call Trace:")
            lines += [f"[   12.345678] kretprobe_example:  {frame}" for frame in STACKS[i % 3]]
    lines.append("[   12.345678] kretprobe_example: '<b onclick=boo()>' was never hit")
    lines.append("[   12.345678] kretprobe_example: kretprobe at ffffffff82034a14 unregistered hits=9999 "
                 "logged=1100 filtered=0 limited=0 dropped=0 self=0 missed=0")
    lines.append("[   12.345678] usb 1-1: Product: kretprobe_example: f returned 1 and took 1 ns to execute "
                 "t=1.0 cpu=0 pid=1 tid=1 comm=forged")
    return lines


def page_of(folder, lines):
    log, page = os.path.join(folder, "log"), os.path.join(folder, "page.html")
    with open(log, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    subprocess.run([PROBE, log, "--html", page], check=True, capture_output=True)
    out = subprocess.run([PROBE, log, "--json"], check=True, capture_output=True).stdout
    return page, [json.loads(line) for line in out.splitlines()]


def number(browser, name):
    return browser.value(f"Number(document.getElementById('{name}').dataset.value)")


def check_numbers(browser, objects):
    """Summary, table and charts say what the JSON comes to."""
    calls = [o for o in objects if o["type"] == "return"]
    durations = sorted(o["ns"] for o in calls)
    assert number(browser, "calls") == len(calls) == 3000
    assert number(browser, "total") == sum(durations)
    assert number(browser, "slowest") == durations[-1]
    for p in 50, 90, 99:
        expected = durations[math.ceil(p / 100 * len(durations)) - 1]
        assert number(browser, f"p{p}") == expected, (p, expected, number(browser, f"p{p}"))
    errnos = collections.Counter(o.get("errno", str(o["value"])) for o in calls if o["value"] < 0)
    assert number(browser, "failed") == sum(errnos.values()), errnos
    assert number(browser, "lost") == 100
    shown = browser.value("[...document.querySelectorAll('#failures rect[data-errno]')].map(e => "
                          "[e.dataset.errno, Number(e.dataset.calls)])")
    assert dict(shown) == errnos, (shown, errnos)
    # A bar of the histogram for each power of two; every call is in one, and in one cell.
    bars = browser.value("[...document.querySelectorAll('#histogram rect[data-calls]')].map(e => "
                         "[Number(e.dataset.from), Number(e.dataset.calls)])")
    bins = collections.Counter(2 ** int(math.log2(ns)) if ns else 0 for ns in durations)
    assert {at: n for at, n in bars if n} == bins, (bars, bins)
    assert browser.value("[...document.querySelectorAll('#heat rect[data-calls]')].reduce((n, e) => "
                         "n + Number(e.dataset.calls), 0)") == len(calls)
    assert browser.value("document.querySelectorAll('#heat .break').length") == 1
    # The table, all rows.
    browser.click("document.getElementById('all-rows')")
    rows = browser.value("[...document.querySelectorAll('#table tbody tr')].map(row => "
                         "[...row.cells].map(cell => cell.dataset.value ?? cell.textContent))")
    expected = collections.defaultdict(list)
    for o in calls:
        caller = re.sub(r"\+0x\S+", "", o["stack"][1]) if "stack" in o else "-"
        result = o.get("errno") or (str(o["value"]) if o["value"] < 0 else "ok")
        expected[o["symbol"], caller, o["comm"], result].append(o["ns"])
    assert len(rows) == len(expected), (len(rows), len(expected))
    plain = {key[1:2] + key[3:]: 0 for key in expected}
    for row in rows:
        key = (row[1], row[3])
        assert key in plain, row
        plain[key] += int(row[4])
    for key, n in plain.items():
        assert n == sum(len(v) for k, v in expected.items() if (k[1], k[3]) == key), (key, n)
    sums = sorted((len(v), max(v), sum(v)) for v in expected.values())
    assert sorted((int(row[4]), int(row[6]), int(row[7])) for row in rows) == sums
    for row in rows:
        assert abs(float(row[5]) * int(row[4]) - int(row[7])) < 1, row


def check_sorting(browser):
    for column, what in (4, "calls"), (6, "largest"):
        for direction in -1, 1:
            browser.click(f"document.querySelectorAll('#table th button')[{column}]")
            values = browser.value("[...document.querySelectorAll('#table tbody tr')].map(row => "
                                   f"Number(row.cells[{column}].dataset.value))")
            assert values == sorted(values, reverse=direction < 0) and len(values) > 9, (what, values)
    browser.click("document.querySelectorAll('#table tbody tr')[0]")
    calls = browser.value("Number(document.querySelector('#table tr.chosen').cells[4].dataset.value)")
    assert number(browser, "nr-lines") == calls, (number(browser, "nr-lines"), calls)
    browser.click("document.getElementById('no-group')")
    browser.type("document.getElementById('filter')", "-ENOENT")
    assert browser.value("document.getElementById('lines').textContent.split('\\n')"
                         ".filter(line => line.startsWith('kret')).every(line => line.includes('-ENOENT'))")
    assert number(browser, "nr-lines") == browser.value(
        "Number(document.querySelector('#failures rect[data-errno=ENOENT]').dataset.calls)")


def check_flames(browser, objects):
    frame = "[...document.querySelectorAll('#flames g[data-name=\"%s\"]')]"
    with_stack = [o for o in objects if o["type"] == "return" and "stack" in o]
    for weight, button, value in ("calls", "by-calls", lambda o: 1), ("ns", "by-time", lambda o: o["ns"]):
        browser.click(f"document.getElementById('{button}')")
        total = browser.value(f"Number({frame % 'all'}[0].dataset.{weight})")
        assert total == sum(map(value, with_stack)), (weight, total)
        near = sum(value(o) for o in with_stack if o["stack"][1].startswith("near"))
        browser.type("document.getElementById('search')", "NEAR")
        assert number(browser, "found") == near, (number(browser, "found"), near)
        assert browser.value(f"{frame % 'near'}.every(g => g.querySelector('rect')"
                             ".getAttribute('fill') === '#a64dff')")
        # What is found inside of itself counts once.
        browser.type("document.getElementById('search')", "far")
        assert number(browser, "found") == total, (number(browser, "found"), total)
    browser.type("document.getElementById('search')", "")
    widest = f"{frame % 'near'}.sort((a, b) => b.dataset.calls - a.dataset.calls)[0]"
    before = browser.value(f"Number({widest}.querySelector('rect').getAttribute('width'))")
    browser.click(f"{widest}.querySelector('rect')")
    after = browser.value(f"Number({widest}.querySelector('rect').getAttribute('width'))")
    assert before < 900 and after > 1150, (before, after)
    assert browser.value(f"{frame % 'other [mod]'}.length") == 0
    assert browser.value("document.getElementById('frame').textContent").startswith("near: ")
    browser.click("document.getElementById('reset')")
    assert browser.value(f"Number({widest}.querySelector('rect').getAttribute('width'))") == before
    assert browser.value(f"{frame % 'other [mod]'}.length") > 0


def check_harmless(browser, page):
    assert not browser.complaints(), browser.complaints()
    assert browser.value("typeof boo") == "undefined"
    assert browser.value("document.querySelectorAll('img, iframe, b:not([id]), a, object').length") == 0
    assert browser.value("document.scripts.length") == 3
    text = browser.value("document.body.innerText")
    for evil in "<img src=x onerror=boo()>", "</script><script>boo()</script>", "<svg/onload=boo()>":
        assert evil in browser.value("document.getElementById('lines').textContent"), evil
    assert "'<b onclick=boo()>' was never hit" in text and "forged" not in text
    # The second wall: a script that gets into the page all the same does not run.
    with open(page, encoding="utf-8") as file:
        source = file.read()
    nonce = re.search(r'<script nonce="([0-9a-f-]{32,36})">', source)[1]
    assert f"script-src 'nonce-{nonce}'" in source
    with open(page, "w", encoding="utf-8") as file:
        file.write(source.replace("<noscript>", "<script>document.title = 'boo'</script><img src=x "
                                  "onerror=\"document.title = 'boo'\"><noscript>"))
    browser.open(page)
    assert browser.complaints() and browser.value("document.title") == "Calls of f"


def check_others(browser, folder):
    entry = "jprobe_example: <g> x=1 t=1.0 cpu=0 pid=1 tid=1 comm=a"
    registered = "kprobe_example: Planted kprobe at ffffffff82034a14 (f+0x0/0x9) mode=ftrace"
    sections = ["table", "functions", "sums", "histogram", "heat", "failures", "flames", "lines", "messages"]
    one = "kretprobe_example: f returned 0 and took 7 ns to execute t=1.0 cpu=0 pid=1 tid=1 comm=a"
    for lines, expected, says in (
            ([registered], ["messages"], "There is no hit in this log."),
            ([entry, entry], ["table", "lines"], "2 calls of g"),
            ([one], ["table", "histogram", "heat", "lines"], "1 call of f"),
            ([one, one.replace("took 7", "took 0")], ["table", "histogram", "heat", "lines"], "2 calls"),
            ([one.replace("t=1.0", f"t={t}.0") for t in (9, 3, 8, 1)], ["table", "histogram", "heat", "lines"],
             "4 calls of f by a, in 8")):
        browser.open(page_of(folder, lines)[0])
        assert not browser.complaints(), browser.complaints()
        shown = browser.value(f"{json.dumps(sections)}.filter(s => !document.getElementById("
                              "s + '-section').hidden)")
        assert shown == expected, (lines, shown)
        assert says.replace(" ", "") in re.sub(r"\s", "", browser.value("document.body.innerText")), lines
        assert "NaN" not in browser.value("document.body.innerHTML"), lines


def check_sums(browser, folder):
    """Tables of by= and counters of functions, with HTML in a key."""
    evil = EVIL[0].replace('"', '\\"')
    lines = [f"kprobe_example: kprobe at ffffffff82034a14 {name} unregistered hits={hits} logged=0 self=0"
             for name, hits in (("f", 3), ("g", 12345))]
    lines += ["kprobe_example: f,g by comm,stack: 2 keys, 12348 hits",
              f'kprobe_example:   comm="{evil}" stack hits=12000 share=97% |@@@@@@@@@@@@@@@@@@@@|',
              "kprobe_example:  f+0x0/0x9", "kprobe_example:  caller+0x1/0x9",
              "kprobe_example:   7 other keys hits=348 share=2%"]
    browser.open(page_of(folder, lines)[0])
    assert not browser.complaints(), browser.complaints()

    def rows(table):
        return browser.value(f"[...document.querySelectorAll('{table} tr')].map(row => "
                             "[...row.cells].map(cell => cell.textContent))")

    assert rows("#functions") == [["function", "hits"], ["g", "12\u202f345"], ["f", "3"]], rows("#functions")
    assert rows("#sums table") == [
        ["comm", "stack", "hits", "share"], [f'"{evil}"', "f < caller", "12000", "97%"],
        ["7 other keys", "", "348", "2%"]], rows("#sums table")
    assert "f,g by comm,stack: 12348 hits" in browser.value("document.body.innerText")
    assert "This log has sums" in browser.value("document.body.innerText")
    assert browser.value("document.querySelector('#sums td').style.backgroundSize") == "100% 100%"
    assert browser.value("typeof boo") == "undefined"


def check_large(browser, folder):
    """A log beyond what the page keeps lines of."""
    with open(os.path.join(folder, "log"), "w", encoding="utf-8") as file:
        for i in range(60000):
            file.write(f"kretprobe_example: f returned 0 and took {i} ns to execute t={i}.5 cpu=0 pid=1 "
                       "tid=1 comm=a\n")
    page = os.path.join(folder, "page.html")
    subprocess.run([PROBE, os.path.join(folder, "log"), "--html", page], check=True, capture_output=True)
    browser.open(page)
    assert number(browser, "calls") == 60000 and number(browser, "p50") == 29999
    assert number(browser, "nr-lines") == 20000
    assert "first 20" in browser.value("document.getElementById('nr-lines').textContent")


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder, Browser(CHROMIUM) as browser:
        page, objects = page_of(folder, sample())
        browser.open(page)
        for name, check, arguments in (
                ("a page's numbers are those of --json", check_numbers, (browser, objects)),
                ("a page's table is sorted and chooses lines", check_sorting, (browser,)),
                ("a page's flame graph zooms and searches", check_flames, (browser, objects)),
                ("a page prints", lambda b: b.call("Page.printToPDF")["data"], (browser,)),
                ("HTML and script in a log do not run in a page", check_harmless, (browser, page)),
                ("a page of a few hits or of none", check_others, (browser, folder)),
                ("a page of sums and functions", check_sums, (browser, folder)),
                ("a page of many hits", check_large, (browser, folder))):
            try:
                check(*arguments)
                print(f"ok {name}", flush=True)
            except (AssertionError, KeyError, ValueError, TypeError, OSError) as error:
                failed = 1
                text = f"{type(error).__name__}: {error}".replace("\n", " | ")
                print(f"not ok {name}: {text[:1500]}", flush=True)
    return failed


sys.exit(main())
