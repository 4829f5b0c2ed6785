#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""check.py json|folded|chrome [FILE]: checks the output of scripts/probe strictly.

Exits with 1 and a reason if FILE (default: standard input) violates the rules of its format.
With --sample its contents must be those of tests/scripts/lines.txt. With --mutated any contents
are allowed that are valid JSON. "check.py mutate FILE" prints thousands of lines, each of which
is a line of FILE with an error; they are always the same. "check.py same FILE EXPECTED" compares
JSON with one object per line, in the order of each module.
"""
import json
import random
import re
import sys


def no_twins(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a duplicate name: {keys}"
    return dict(pairs)


def no_constant(name):
    raise AssertionError(f"{name} is not JSON")


def parse(text):
    return json.loads(text, object_pairs_hook=no_twins, parse_constant=no_constant)


HIT = {"type": str, "probe": str, "symbol": str, "args": dict, "t": float, "cpu": int,
       "pid": int, "tid": int, "comm": str}
OTHER = {
    "message": {"text": str},
    "summary": {"addr": str, "hits": int, "logged": int, "missed": int},
    "calls": {"symbol": str, "calls": int, "failed": int, "min_ns": int, "mean_ns": int,
              "max_ns": int},
    "table": {"symbol": str, "by": str, "keys": int, "hits": int},
    "row": {"symbol": str, "key": dict, "hits": int, "share": int},
    "histogram": {"symbol": str, "from_ns": int, "to_ns": int, "calls": int},
}


def check_json(text, sample):
    """Each line is an object with fields of the right types."""
    objects = [parse(line) for line in text.splitlines()]
    assert objects, "the output is empty"
    for o in objects:
        fields = OTHER.get(o["type"], HIT)
        for name, kind in fields.items():
            assert isinstance(o[name], kind), f"{name} of {o} is not of type {kind.__name__}"
        assert o["probe"] in ("kprobe", "jprobe", "kretprobe"), o
        if o["type"] == "return":
            assert isinstance(o["ns"], int) and "value" in o, o
    if not sample:
        return
    # A hit is printed after its stack, so a hit of another module may come first.
    objects.sort(key=lambda o: ("kprobe", "jprobe", "kretprobe").index(o["probe"]))
    kinds = [o["type"] for o in objects]
    assert kinds == ["message", "pre", "post", "pre", "pre", "fault", "fault", "entry",
                     "entry", "table", "entry", "row", "row", "return", "return", "return",
                     "summary", "calls"] + ["histogram"] * 3 + ["table"] + ["row"] * 4, kinds
    pre = objects[1]
    assert pre["args"] == {
        "arg1": "0xff1e4c0fff9ea300",
        "path": 'a"b\\c\n\xe4 t=1.000000000 cpu=1 pid=1 tid=1 comm=x',
        "e": -2, "s": "vfs_read+0x0/0x10 [mod]", "f": None, "b": True,
        "n": "18446744073709551615", "+8(arg1)": 5}, pre["args"]
    assert pre["errnos"] == {"e": "ENOENT"}, pre
    assert pre["comm"] == 'Web "Con; \033', pre["comm"]
    assert (pre["t"], pre["pid"], pre["tid"]) == (6.839910666, 159, 160), pre
    assert (pre["addr"], pre["ip"]) == ("0xffffffff82034a14", "0xffffffff82034a15"), pre
    assert pre["stack"][-1] == "entry_SYSCALL_64_after_hwframe+0x76/0x7e", pre["stack"]
    assert objects[4]["stack"] == ["vfs_read+0x4/0x370", "read_it+0x6d/0xf0 [some_module]"]
    assert [o["fault_addr"] for o in objects[5:7]] == ["0x7ffd1234"] * 2
    assert objects[7]["args"]["clone_flags"] == "0x1200000", objects[7]
    assert objects[8]["args"] == {"arg1": "0x1", "s": "xxxx", "arg6": "0x0"}, objects[8]
    row = objects[11]
    assert (row["key"], row["hits"], row["share"], row["sum"], row["unread"]) == (
        {"comm": "x hits=5 share=9% |@@| \n\033"}, 4, 66, -9, 1), row
    assert row["stack"] == ["ksys_write+0x4/0x370", "read_it+0x6d/0xf0 [some_module]",
                            "... (16 entries are kept)"], row
    assert objects[12]["stack"] == ["vfs_read+0x4/0x370"], objects[12]
    failing = objects[14]
    assert (failing["value"], failing["errno"], failing["ns"]) == (-2, "ENOENT", 9503900)
    assert failing["args"] == {"dfd": -100, "path": "/x"}, failing
    assert objects[15]["value"] == "one\ntwo", objects[15]
    assert (objects[16]["hits"], objects[16]["filtered"]) == (99, 90), objects[16]
    assert [(o["from_ns"], o["to_ns"], o["calls"]) for o in objects if o["type"] == "histogram"] == [
        (0, 1, 1), (256, 512, 32), (512 * 1024, 1024 * 1024, 0)]
    rows = objects[-4:]
    assert [row["hits"] for row in rows] == [60, 40, 15, 5], rows
    assert rows[0]["key"] == {"retval": -2, "path": 'a " hits=3 share=5%',
                              "count": {"from": 512, "to": 1024}}, rows[0]
    assert rows[0]["errnos"] == {"retval": "ENOENT"}, rows[0]
    assert rows[1]["key"] == {"retval": 0, "path": None, "count": {"from": 1, "to": 2}}, rows[1]
    assert [row["rest"] for row in rows[2:]] == ["12 other keys", "table full"], rows


def check_folded(text, sample):
    """Each line has frames separated by ;, a blank and a number. Each stack occurs once."""
    stacks = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([^; ]+(?:;[^; ]+)+) ([1-9][0-9]*)", line)
        assert match, f"'{line}' is not frame;frame;... number"
        assert match[1] not in stacks, f"duplicate: {match[1]}"
        stacks[match[1]] = int(match[2])
    assert stacks, "the output is empty"
    if sample:
        assert stacks == {
            'Web_\\"Con__\\x1b;entry_SYSCALL_64_after_hwframe;ksys_read;vfs_read': 1,
            "cat;read_it_[some_module];vfs_read": 2, "hits=3;vfs_read": 2,
            "x_hits=5_share=9%_|@@|_\\x0a\\x1b;read_it_[some_module];ksys_write": 4}, stacks


def check_chrome(text, sample):
    """The file follows the rules of the Trace Event format."""
    trace = parse(text)
    assert trace["displayTimeUnit"] in ("ns", "ms"), trace["displayTimeUnit"]
    slices, instants, names = {}, 0, set()
    for e in trace["traceEvents"]:
        assert isinstance(e["name"], str) and e["name"], e
        assert isinstance(e["pid"], int) and isinstance(e["tid"], int), e
        assert isinstance(e["args"], dict), e
        if e["ph"] == "M":
            assert e["name"] == "thread_name" and isinstance(e["args"]["name"], str), e
            names.add((e["pid"], e["tid"]))
            continue
        assert (e["pid"], e["tid"]) in names, f"a thread without a name: {e}"
        assert isinstance(e["ts"], (int, float)) and e["ts"] >= 0, e
        if e["ph"] == "X":
            assert isinstance(e["dur"], (int, float)) and e["dur"] >= 0, e
            slices.setdefault((e["pid"], e["tid"]), []).append((e["ts"], e["ts"] + e["dur"]))
        else:
            assert e["ph"] == "i" and e["s"] == "t", e
            instants += 1
    for thread, found in slices.items():
        open_until = []
        for start, end in sorted(found, key=lambda s: (s[0], -s[1])):
            while open_until and open_until[-1] <= start + 0.001:
                open_until.pop()
            assert not open_until or end <= open_until[-1] + 0.001, \
                f"slices of thread {thread} overlap at {start}"
            open_until.append(end)
    assert slices or instants, "nothing at all"
    if sample:
        assert instants == 9, instants
        assert {thread: len(found) for thread, found in slices.items()} == {
            (116, 117): 2, (116, 116): 1}, slices
        outer = [e for e in trace["traceEvents"] if e["name"] == "do_sys_openat2"][0]
        assert abs(outer["ts"] - (5301013.981 - 9503.9)) < 0.01, outer
        assert (outer["dur"], outer["args"]["returned"]) == (9503.9, "-2 -ENOENT"), outer


WRONG = [b"007", b"\\x1", b"\\8", b"\\", b'"', b"\\u", b" ", b"=", b",", b"-", b".", b"0", b"9" * 400,
         b"\xff", b"\x01", b"K", b"(fault)", b" t=00.5 cpu=00 pid=-01 tid=007 comm=\\x1"]


def mutate(path):
    with open(path, "rb") as file:
        lines = file.read().splitlines()[1:]
    chance = random.Random(1)
    for _ in range(3000):
        line = bytearray(chance.choice(lines))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(line) + 1)
            line[at:at + chance.choice([0, 0, 1, 3])] = chance.choice(WRONG)
        sys.stdout.buffer.write(line + b"\n")


def same(made, expected):
    objects = []
    for path in made, expected:
        with open(path, encoding="ascii") as file:
            lines = [line for line in file if not line.startswith("#")]
            objects.append(sorted(map(parse, lines), key=lambda o: o["probe"]))
    for one, other in zip(*objects):
        if one != other:
            print(f"expected {other}, got {one}")
            return 1
    if len(objects[0]) != len(objects[1]):
        print(f"expected {len(objects[1])} objects, got {len(objects[0])}")
        return 1
    return 0


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if words[0] == "mutate":
        return mutate(words[1])
    if words[0] == "same":
        return same(*words[1:])
    check = {"json": check_json, "folded": check_folded, "chrome": check_chrome}[words[0]]
    with open(words[1] if len(words) > 1 else 0, encoding="ascii") as file:
        text = file.read()
    try:
        if "--mutated" in sys.argv:
            for line in text.splitlines() if words[0] == "json" else [text]:
                json.loads(line, parse_constant=no_constant)
        else:
            check(text, "--sample" in sys.argv)
    except (AssertionError, KeyError, ValueError) as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    return 0


sys.exit(main())
