#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""patterns.py FUNCTIONS.AWK: has the awk in PATH expand patterns over a small kernel, and compares the
functions and the message. Prints a line for each check: ok NAME, or not ok NAME: WHY."""
import os
import subprocess
import sys
import tempfile

KALLSYMS = """\
ffffffff81000000 T _stext
ffffffff81000010 T vfs_read
ffffffff81000020 T vfs_write
ffffffff81000030 t vfs_read_part.part.0
ffffffff81000038 t vfs_read.cold
ffffffff81000040 t vfs_clone.isra.0
ffffffff81000050 t name_show
ffffffff81000060 t name_show
ffffffff81000070 T __x64_sys_getpid
ffffffff81000070 T __ia32_sys_getpid
ffffffff81000080 T __x64_sys_read
ffffffff81000090 t __pfx_vfs_read
ffffffff810000a0 D vfs_data
ffffffff810000b0 T do_int3
ffffffff810000b0 T do_int3_alias
ffffffff810000c0 T vfs_notrace
ffffffffc0000000 t a_open\t[a_mod]
ffffffffc0000010 t a_close\t[a_mod]
ffffffffc0000020 t vfs_read\t[b_mod]
ffffffffc0000030 t b.name\t[b_mod]
"""
AVAILABLE = """\
vfs_read
vfs_write
vfs_read_part.part.0
vfs_clone.isra.0
name_show
__ia32_sys_getpid
__x64_sys_read
do_int3
a_open [a_mod]
a_close [a_mod]
vfs_read [b_mod]
b.name [b_mod]
"""
BLACKLIST = "0xffffffff810000b0-0xffffffff810000c0\tdo_int3\n0xffffffffc0000010-0xffffffffc0000020\ta_close [a_mod]\n"
MODULES = "a_mod 16384 0 - Live 0xffffffffc0000000 (O)\nb_mod 16384 0 - Live 0xffffffffc0000020\n"

# The pattern, options, the functions, what the message contains.
CASES = [
    ("vfs_*", {}, "vfs_read vfs_write vfs_clone.isra.0 b_mod:vfs_read",
     ["'vfs_*': 4 functions", "parts of functions: 2 (vfs_read_part.part.0, vfs_read.cold)",
      "not known to ftrace: 1 (vfs_notrace)"]),
    ("vfs_*", {"exact": "1"}, "vfs_read vfs_write b_mod:vfs_read", ["other arguments: 1 (vfs_clone.isra.0)"]),
    ("vfs_*", {"have": "x,vfs_read"}, "vfs_write vfs_clone.isra.0 b_mod:vfs_read", ["without 1 selected already"]),
    ("vfs_*", {"available": "none"}, "vfs_read vfs_write vfs_clone.isra.0 vfs_notrace b_mod:vfs_read", ["5 functions"]),
    ("vfs_rea?", {}, "vfs_read b_mod:vfs_read", ["2 functions"]),
    ("vfs_[rw][!x-z][a-i]*", {}, "vfs_read vfs_write b_mod:vfs_read", []),
    ("vfs_r*d", {"hidden": "1"}, "vfs_read b_mod:vfs_read", []),
    ("b_mod:*", {}, "b_mod:vfs_read b_mod:b.name", ["'b_mod:*': 2 functions"]),
    ("b-mod:b.*", {}, "b_mod:b.name", ["1 function"]),
    ("?_mod:*", {}, "a_mod:a_open b_mod:vfs_read b_mod:b.name", ["blacklist: 1 (a_mod:a_close)"]),
    ("sys_*", {}, "__x64_sys_getpid __x64_sys_read", ["2 functions, the system calls __x64_sys_*"]),
    ("sys_*", {"sys": ""}, "", ["'sys_*': matches no function"]),
    ("__*sys_getpid", {}, "__x64_sys_getpid", ["1 function, without 1 selected already"]),
    ("name_*", {}, "", ["names of several functions: 1 (name_show)"]),
    ("do_int3*", {}, "", ["on the kernel's blacklist: 2 (do_int3, do_int3_alias)"]),
    ("do_int3*", {"blacklist": "none"}, "do_int3", []),
    ("nothing*", {}, "", ["'nothing*': matches no function that can be probed"]),
    ("vfs_dat?", {}, "", ["matches no function"]),
    ("c_mod:*", {}, "", ["no module c_mod is loaded"]),
    ("a_mod:x*", {}, "", ["'a_mod:x*': matches no function"]),
    ("*", {"most": "5"}, "", ["matches 8 functions, and at most 256"]),
    ("vfs_*", {"most": "3", "more": "1"}, "", ["matches 7 functions", "such as 'vfs_new_*' (3)"]),
    ("vfs_*+4", {}, "", ["'+' is in no name"]),
    ("vfs_* x", {}, "", ["' ' is in no name"]),
    ("vfs_[z-a]*", {}, "", ["expected a list of characters"]),
    ("vfs_[", {}, "", ["expected a list of characters"]),
    ("vfs_[]", {}, "", ["expected a list of characters"]),
    (":*", {}, "", ["expected a pattern"]),
    ("a_mod:", {}, "", ["expected a pattern"]),
]


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def check(folder, pattern, options, functions, says):
    kallsyms = KALLSYMS
    more = ["vfs_new_a", "vfs_new_b", "vfs_new_c"] if "more" in options else []
    kallsyms += "".join(f"ffffffff8100010{i} T {name}\n" for i, name in enumerate(more))
    if "hidden" in options:
        kallsyms = "".join("0" * 16 + line[16:] + "\n" for line in kallsyms.splitlines())
    values = {
        "pattern": pattern, "have": "", "exact": "", "most": "256", "sys": "__x64_sys_",
        "kallsyms": write(folder, "kallsyms", kallsyms), "modules": write(folder, "modules", MODULES),
        "blacklist": write(folder, "blacklist", BLACKLIST),
        "available": write(folder, "available", AVAILABLE + "".join(name + "\n" for name in more))}
    for name, value in options.items():
        if name in ("hidden", "more"):
            continue
        values[name] = "" if value == "none" else value
    command = ["awk", "-f", sys.argv[1]]
    for name, value in values.items():
        command += ["-v", f"{name}={value}"]
    process = subprocess.run(command, capture_output=True, text=True, check=False,
                             env={**os.environ, "LC_ALL": "C"})
    assert process.stdout.split() == functions.split(), (process.stdout, process.stderr)
    assert process.returncode == (0 if functions else 1), process.returncode
    assert process.stderr.count("\n") == 1, process.stderr
    for text in says:
        assert text in process.stderr, process.stderr


def main():
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for pattern, options, functions, says in CASES:
            try:
                check(folder, pattern, options, functions, says)
            except AssertionError as error:
                failed.append(f"{pattern} {options}: {error}")
    name = f"{len(CASES)} patterns stand for the right functions"
    print(f"not ok {name}: {'; '.join(failed)}"[:1500].replace("\n", " | ") if failed else f"ok {name}")
    return bool(failed)


sys.exit(main())
