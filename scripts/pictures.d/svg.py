#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""svg.py BROWSER PAGE FOLDER: charts of a page of "probe --html", as pictures of their own."""
import os
import sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(top, "tests", "scripts"))
sys.dont_write_bytecode = True
from browser import Browser  # noqa: E402

# Without what a picture does not show: titles, data, clickable groups.
PICTURE = """(() => {
	const svg = document.querySelector("#%s svg").cloneNode(true);
	for (const title of svg.querySelectorAll("title"))
		if (title.parentNode !== svg)
			title.remove();
	for (const e of [svg, ...svg.querySelectorAll("*")])
		for (const name of e.getAttributeNames())
			if (name.startsWith("data-") || name === "role")
				e.removeAttribute(name);
	const box = svg.getAttribute("viewBox").split(" ");
	svg.setAttribute("width", box[2]);
	svg.setAttribute("height", box[3]);
	return new XMLSerializer().serializeToString(svg).replaceAll("><", ">\\n<");
})()"""

with Browser(sys.argv[1]) as browser:
    browser.open(sys.argv[2])
    for name in "heat", "flames":
        with open(os.path.join(sys.argv[3], name + ".svg"), "w", encoding="utf-8") as file:
            file.write("<!-- SPDX-License-Identifier: GPL-2.0-only -->\n")
            file.write(browser.value(PICTURE % name) + "\n")
