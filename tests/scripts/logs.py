#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""logs.py PROBE [--time]: gives "probe -" logs in all forms in which people keep them, and looks at what it
makes of them. Prints a line for each check: ok NAME, or not ok NAME: WHY. With --time it also measures how long 100 000 lines take."""
import bz2
import collections
import gzip
import json
import lzma
import os
import resource
import subprocess
import sys
import tempfile

PROBE = sys.argv[1]

LINES = r'''kretprobe_example: Planted return probe at vfs_read: ffffffff82034a14 mode=ftrace maxactive=10
kretprobe_example: vfs_read returned 832 and took 1000 ns to execute path="/a \"b\\ [    1.000000] kprobe_example: <g> x=1" t=12.100000000 cpu=0 pid=7 tid=8 comm=cat
kretprobe_example: Call Trace:
kretprobe_example:  vfs_read+0x4/0x370
kretprobe_example:  ksys_read+0x6d/0xf0
kretprobe_example:  entry_SYSCALL_64_after_hwframe+0x76/0x7e
kretprobe_example: vfs_read returned -2 -ENOENT and took 3000 ns to execute path="<b>&#" t=12.200000000 cpu=1 pid=7 tid=7 comm=kernel: sh
kprobe_example: <f> pre_handler: p->addr = 0xffffffff82034a14, ip = ffffffff82034a15, flags = 0x283 s="xx" ...4
kprobe_example: ...4 u="yy" t=12.300000000 cpu=0 pid=9 tid=9 comm=cat
kretprobe_example: kretprobe at ffffffff82034a14 unregistered hits=2 logged=2 filtered=0 limited=0 dropped=0 self=0 missed=0'''.split("\n")
OTHERS = ["usb 1-1: Product: Keyboard", "random: crng init done"]
NAME = "kretprobe_example: vfs_read returned 5 and took 9 ns to execute t=1.0 cpu=0 pid=1 tid=1 comm=forged"


def run(data, *options, probe=("-",)):
    process = subprocess.run([PROBE, *probe, *options], input=data, capture_output=True, check=False)
    return process.returncode, process.stdout, process.stderr.decode(errors="replace")


def objects(data, **more):
    status, out, said = run(data, "--json", **more)
    assert status == 0, f"exit {status}: {said}"
    return [json.loads(line) for line in out.splitlines()]


def hexed(text):
    return text.replace("\\", "\\x5c")


def journal(text, **fields):
    return {"__CURSOR": "s=1", "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "PRIORITY": "6",
            "MESSAGE": text, **fields}


def pretty(entry, indent="\t"):
    return "{\n" + ",\n".join(f'{indent}"{k}" : {json.dumps(v)}' for k, v in entry.items()) + "\n}"


def util_linux(lines):
    return '{\n   "dmesg": [\n      ' + ",".join(
        '{\n         "pri": 6,\n         "time":    12.345678,\n         "msg": %s\n      }' %
        json.dumps(line) for line in lines) + "\n   ]\n}\n"


def prefix(text):
    return lambda lines: "".join(text + line + "\n" for line in lines)


def each(make):
    return lambda lines: "".join(make(line) + "\n" for line in lines)


DATE, ISO, STAMP = "Nov 28 22:44:36", "2026-11-28T22:44:36.123456+00:00", "[   12.345678]"
FORMS = {
    "nothing in front, printk.time=0": prefix(""),
    "dmesg": prefix(STAMP + " "),
    "dmesg -r": prefix("<6>" + STAMP + " "),
    "dmesg -T": prefix("[Sat Nov 28 22:44:36 2026] "),
    "dmesg -T of a one-digit day": prefix("[Sat Nov  7 02:04:06 2026] "),
    "dmesg -e": lambda lines: f"[Nov28 22:44] {lines[0]}\n" + prefix("[  +0.000005] ")(lines[1:]),
    "dmesg -d": prefix("[   12.345678 <    0.000012>] "),
    "dmesg -d -T": prefix("[Sat Nov 28 22:44:36 2026 <    0.000012>] "),
    "dmesg -x": prefix("kern  :info  : " + STAMP + " "),
    "dmesg -x -T": prefix("kern  :warn  : [Sat Nov 28 22:44:36 2026] "),
    "dmesg --time-format iso": prefix("2026-11-28T22:44:36,123456+00:00 "),
    "dmesg --time-format raw": prefix("12.345678 "),
    "dmesg --color": each(lambda line: f"\033[32m{STAMP} \033[0m\033[33m" +
                          line.replace(": ", ":\033[0m ", 1)),
    "dmesg --json": util_linux,
    "caller of a task": prefix(STAMP + "[  T123] "),
    "caller of a CPU": prefix(STAMP + "[    C0] "),
    "/dev/kmsg": lambda lines: "".join(f"6,{i},12345678,-;{hexed(line)}\n SUBSYSTEM=x\n"
                                       for i, line in enumerate(lines)),
    "/dev/kmsg with a caller": each(lambda line: "6,1,12345678,-,caller=T123;" + hexed(line)),
    "netconsole": prefix("<6>" + STAMP + " "),
    "netconsole, extended": each(lambda line: "6.12.0-1,6,416,12345678,-;" + hexed(line)),
    "netconsole in a syslog": prefix(f"{DATE} 192.168.1.5 {STAMP} "),
    "netconsole in a syslog, printk.time=0": prefix(f"{DATE} target.example.com "),
    "journalctl -k": prefix(f"{DATE} my-host.example kernel: "),
    "journalctl -k, French": prefix("nov. 28 22:44:36 host kernel: "),
    "journalctl -k --no-hostname": prefix(f"{DATE} kernel: "),
    "journalctl -k -o short-precise": prefix(f"{DATE}.123456 host kernel: "),
    "journalctl -k -o short-iso": prefix("2026-11-28T22:44:36+0100 host kernel: "),
    "journalctl -k -o short-iso-precise": prefix("2026-11-28T22:44:36.123456+01:00 host kernel: "),
    "journalctl -k -o short-full": prefix("Sat 2026-11-28 22:44:36 UTC host kernel: "),
    "journalctl -k -o short-unix": prefix("1795905876.123456 host kernel: "),
    "journalctl -k -o short-monotonic": prefix(STAMP + " host kernel: "),
    "journalctl -k -o short-delta": prefix("[   12.345678 <    0.000001 >] host kernel: "),
    "journalctl -k -o json": each(lambda line: json.dumps(journal(line), separators=(",", ":"))),
    "journalctl -k -o json-sse": each(lambda line: "data: " + json.dumps(journal(line)) + "\n"),
    "journalctl -k -o json-pretty": lambda lines: "\n".join(pretty(journal(line)) for line in lines),
    "rsyslog": prefix(f"{DATE} host kernel: {STAMP} "),
    "rsyslog, ISO": prefix(f"{ISO} host kernel: {STAMP} "),
    "rsyslog, a caller": prefix(f"{ISO} host kernel: {STAMP}[  T123] "),
    "rsyslog, no blank": prefix(f"{DATE} host kernel:{STAMP} "),
    "syslog with a priority": prefix(f"<6>{DATE} host kernel: {STAMP} "),
    "RFC 5424": prefix(f"<6>1 {ISO} host kernel - - - {STAMP} "),
    "RFC 5424 with data": prefix(f'<6>1 {ISO} host kernel - - [meta sequenceId="7"] '),
    "busybox syslogd": prefix(f"{DATE} host kern.info kernel: {STAMP} "),
    "OpenWrt's logread": prefix(f"Sat Nov 28 22:44:36 2026 kern.info kernel: {STAMP} "),
    "logcat": prefix("11-28 22:44:36.123     0     0 I "),
    "a container's JSON": each(lambda line: json.dumps({"log": line + "\n", "stream": "stdout"})),
    "a serial console's times": prefix(f"[2026-11-28 22:44:36.123] {STAMP} "),
    "ts": prefix(f"{DATE} {STAMP} "),
    "grep -H": prefix("/var/log/kern.log.1:" + f"{DATE} host kernel: {STAMP} "),
    "grep -n": prefix(f"17:{STAMP} "),
    "pdsh": prefix(f"node12: {STAMP} "),
    "docker-compose": prefix(f"web_1  | {STAMP} "),
    "rsyslog, without its dates": prefix(f"host kernel: {STAMP} "),
    "a mail": prefix(f"> > {STAMP} "),
    "indented, after a sentence": lambda lines: "Hello, this is it:\n\n" + prefix(f"    {STAMP} ")(lines),
    "CR LF": lambda lines: prefix(STAMP + " ")(lines).replace("\n", "\r\n"),
    "CR CR LF": lambda lines: prefix(STAMP + " ")(lines).replace("\n", "\r\r\n"),
    "a byte order mark": lambda lines: "\ufeff" + prefix(STAMP + " ")(lines),
}
PACKED = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
          "UTF-16 of Windows": lambda data: data.decode().encode("utf-16")}

# What a process, a device or a user of the network can put into a log is no line of a module.
FORGED = [
    f"{DATE} host sshd[812]: Invalid user {NAME}",
    f"{DATE} host sshd[812]: {NAME}",
    f"{DATE} host su: {NAME}",
    f"{DATE} host sshd[812]: kernel: {NAME}",
    f"{DATE} host sshd[812]: {STAMP} {NAME}",
    f"{DATE} host kernel[812]: {NAME}",
    f"{DATE} sshd: Invalid user kernel: {NAME}",
    f"{ISO} host app: \"kernel: {NAME}",
    f"{DATE} host user.notice kernel: {NAME}",
    f"<13>{DATE} host kernel: {NAME}",
    f"<30>1 {ISO} host kernel - - - {NAME}",
    f"<38>1 {ISO} host sshd 1234 - - Invalid user {NAME}",
    f"<14>{STAMP} {NAME}",
    f"old.log:<14>{STAMP} {NAME}",
    f"user  :warn  : {STAMP} {NAME}",
    f"daemon:info  : {STAMP} {NAME}",
    f"12,1,12345678,-;{NAME}",
    f"6.12.0,12,1,12345678,-;{NAME}",
    f"{STAMP} usb 1-1: Product: {NAME}",
    f"{STAMP} input: {NAME} as /devices/x",
    f"{STAMP} usb 1-1: Product: kernel: {NAME}",
    f"{STAMP} usb 1-1: Product: {STAMP} {NAME}",
    f"{STAMP} CPU: 0 PID: 7 Comm: {NAME}",
    f"{STAMP} process '/tmp/a {NAME}",
    f"{STAMP} evil_{NAME}",
    f"{STAMP} EXT4-fs ({NAME}",
    f"usb 1-1: Product: {NAME}",
    f"cat: {NAME}: No such file",
    f"{STAMP} jprobe_example: <f> a=\"{NAME}",
    json.dumps(journal(NAME, _TRANSPORT="syslog")),
    json.dumps(journal(NAME, _TRANSPORT="stdout", SYSLOG_IDENTIFIER="kernel")),
    json.dumps(journal(NAME, SYSLOG_IDENTIFIER="logger")),
    json.dumps(journal("x\n" + NAME)),
    json.dumps(journal('"_TRANSPORT":"kernel","MESSAGE":"' + NAME + '"', _TRANSPORT="syslog")),
    pretty(journal(NAME, _TRANSPORT="syslog")),
    # A message of several lines, as journalctl shows it.
    f"{DATE} host app[7]: one\n" + 28 * " " + NAME,
    f"{DATE} host app[7]: one\n" + 28 * " " + f"{STAMP} {NAME}",
    f"{DATE} host app[7]: one\n" + 28 * " " + "\n" + 28 * " " + f"kernel: {NAME}",
    f"{DATE} host app[7]: one\n" + 28 * " " + json.dumps(journal(NAME)),
    f"{DATE} host app[7]: one\n" + 28 * " " + "{\n" + 28 * " " + f'"MESSAGE": "{NAME}"\n' + 28 * " " + "}",
]


def check_forms():
    expected = objects(prefix("")(LINES).encode())
    kinds = collections.Counter(o["type"] for o in expected)
    assert kinds == {"message": 1, "return": 2, "pre": 1, "summary": 1}, kinds
    assert [len(o.get("stack", [])) for o in expected if o["type"] == "return"] == [3, 0]
    wrong = []
    for name, make in FORMS.items():
        data = make([line for one in LINES for line in (OTHERS[0], one, OTHERS[1])]).encode()
        status, out, said = run(data, "--json")
        made = [json.loads(line) for line in out.splitlines()]
        if status or made != expected or "left out" in said:
            wrong.append(f"{name}: {len(made)} objects, exit {status}, {said[:200]}")
    assert not wrong, f"{len(wrong)} of {len(FORMS)}: " + "; ".join(wrong)


def check_packed():
    plain = prefix(STAMP + " ")(LINES).encode()
    expected = objects(plain)
    with tempfile.TemporaryDirectory() as folder:
        for name, pack in PACKED.items():
            path = os.path.join(folder, "log")
            with open(path, "wb") as file:
                file.write(pack(plain))
            assert objects(None, probe=(path,)) == expected, f"{name}, from a file"
            assert objects(pack(plain)) == expected, f"{name}, from a pipe"
        status, _, said = run(None, probe=(os.path.join(folder, "absent"),))
        assert status == 2 and "absent" in said, (status, said)


def check_forged():
    real = f"{DATE} host kernel: " + LINES[1]
    wrong = []
    for line in FORGED:
        data = f"{line}\n{real}\n".encode()
        status, out, said = run(data, "--json")
        made = [json.loads(one) for one in out.splitlines()]
        if [o.get("comm") for o in made if o["type"] != "message"] != ["cat"] or status:
            wrong.append(f"{line}: {out.decode()}")
        elif "left out" not in said and "jprobe_example: <f>" not in line and "\\n" not in line and \
                '\\"_TR' not in line and "\n" not in line:
            wrong.append(f"{line}: nothing is said: {said}")
        status, out, said = run(f"{line}\n".encode(), "--top")
        if b"forged" in out:
            wrong.append(f"{line}: {out.decode()}")
    assert not wrong, "; ".join(wrong)


def check_none():
    for data in b"", b"\n", b"hello\n", b"[    1.0] usb 1-1: x\n", b"\0\377\376\n", b"{\n", b"}\n{\"\n":
        for option in ["--json"], ["--top"], ["--folded"], []:
            status, out, said = run(data, *option)
            assert status == 1 and not out and "no line of kprobe_example" in said, (data, status, said)


def check_cut():
    whole = prefix(STAMP + " ")(LINES).encode()
    expected = objects(whole)
    # Wherever a log ends or begins, what is whole in it is right, and nothing else is a hit.
    returns = [o for o in expected if o["type"] == "return"]
    for at in range(0, len(whole), 19):
        for part in whole[:at], whole[at:]:
            status, out, _ = run(part, "--json")
            made = [json.loads(line) for line in out.splitlines()]
            assert status == (0 if made else 1), (at, status)
            for o in made:
                if o["type"] != "return":
                    continue
                # Its stack or its name may be shorter.
                like = next(r for r in returns if r["t"] == o["t"])
                assert o.get("stack", []) == like.get("stack", [])[:len(o.get("stack", []))] or \
                    o["stack"][:-1] == like["stack"][:len(o["stack"]) - 1], o
                assert like["comm"].startswith(o["comm"]), o
                assert {**o, "stack": 0, "comm": 0} == {**like, "stack": 0, "comm": 0}, o


def check_boots():
    boot = f"{STAMP} Linux version 6.12.0 (gcc)\n" + prefix(STAMP + " ")(LINES)
    # The first boot ends within a line, with a stack that goes on, and without its summary.
    data = boot[:boot.index("kprobe_example: ...4")] + boot + boot.replace(f"{STAMP} {LINES[6]}\n", "", 1)
    made = objects(data.encode())
    assert [o["t"] for o in made if o["type"] == "return"] == [12.1, 12.2, 12.1, 12.2, 12.1], made
    status, _, said = run(data.encode(), "--top")
    assert status == 0 and said.count("but there are lines of 1 only") == 1, said
    # What one boot has too many of does not hide that another lacks some.
    lost = boot.replace(f"{STAMP} {LINES[6]}\n", "", 1)
    _, _, said = run((boot[:boot.index("kretprobe_example: kretprobe at")] + "\n" + lost).encode(), "--top")
    assert "has logged 2 hits, but there are lines of 1 only" in said, said


def check_top():
    lines = []
    for i in range(60):
        comm, value = f"c{i % 3}", ("-2 -ENOENT", "7", "-512")[i % 3]
        lines += [f"kretprobe_example: f returned {value} and took {1000 + i} ns to execute t={i}.5 cpu=0 "
                  f"pid=1 tid=1 comm={comm}", "kretprobe_example: Call Trace:",
                  "kretprobe_example:  f+0x0/0x9", f"kretprobe_example:  caller{i % 2}+0x1/0x9 [mod]"]
    data = "\n".join(lines).encode()
    status, out, said = run(data, "--top")
    rows = [line.split("  ") for line in out.decode().splitlines()]
    rows = [[cell.strip() for cell in row if cell] for row in rows]
    assert status == 0 and rows[0] == ["function", "from where", "program", "result", "calls", "mean us",
                                       "largest us", "total us"], (rows, said)
    assert len(rows) == 7, rows
    # c2 at odd i: 5, 11, ... 59
    assert rows[1] == ["f", "caller1 [mod]", "c2", "-512", "10", "1.032", "1.059", "10.320"], rows[1]
    assert [row[3] for row in rows[1:]].count("ENOENT") == 2 and [row[3] for row in rows].count("ok") == 2
    totals = [float(row[7]) for row in rows[1:]]
    assert totals == sorted(totals, reverse=True) and round(sum(totals), 3) == 61.77, totals
    for option in ["--top=2"], ["--top", "2"]:
        assert run(data, *option)[1].decode().splitlines()[3:] == ["(4 more rows: --top 6)"]
    # Calls without times: by how many there are.
    entry = "jprobe_example: <g> x=1 t=1.0 cpu=0 pid=1 tid=1 comm="
    data = "\n".join(entry + comm for comm in ["a", "b", "b"]).encode()
    assert run(data, "--top")[1].decode().split() == \
        "function from where program calls g - b 2 g - a 1".split(), run(data, "--top")
    _, out, said = run(LINES[0].encode(), "--top")
    assert not out and "none is that of a hit" in said, (out, said)
    assert b"</html>" in run(data, "--html", "-")[1]
    for option in ["--top=x"], ["--top=-1"], ["--top", "--json"], ["--folded=us"], ["--html"]:
        assert run(data, *option)[0] == 2, option


def table(title, *rows):
    return [f"kprobe_example: {title}"] + [f"kprobe_example: {row}" for row in rows]


def summary(name, hits, more="", module="kretprobe"):
    return (f"{module}_example: {module} at ffffffff82034a14 {name} unregistered hits={hits} logged=0 filtered=0 "
            f"limited=0 dropped=0 self=1 missed=0 faults=0{more}")


def check_tables():
    """Tables of by= in --top and --folded: a later one replaces an earlier one, those of every= are added up."""
    start = ["kprobe_example: Planted kprobe at ffffffff82034a14 (f+0x0/0x9) mode=ftrace"]
    end = [summary("f", 9, module="kprobe")]
    first = table("f by comm: 2 keys, 10 hits in 1.000 s; min and max since load",
                  '  comm="a b\\n" hits=7 share=70% sum=70 min=10 mean=10 max=10 |@@@@@@@@@@@@@@@@@@@@|',
                  "  comm=cat hits=3 share=30% sum=9 min=1 mean=3 max=5 unread=1 |@@@@@@@@            |")
    second = table("f by comm: 2 keys, 20 hits in 1.000 s; min and max since load",
                   "  comm=cat hits=17 share=85% sum=17 min=0 mean=1 max=5 |@@@@@@@@@@@@@@@@@@@@|",
                   "  1 other keys hits=3 share=15% sum=4 min=1 mean=1 max=2")
    whole = table("f by comm: 3 keys, 31 hits", "  comm=cat hits=31 share=100% sum=18446744073709551615 min=0 "
                  "mean=595056260442243600 max=9 |@@@@@@@@@@@@@@@@@@@@|")

    def made(lines, *options):
        status, out, said = run("\n".join(lines).encode(), *options)
        assert status == 0 and "awk" not in said, said
        return [line.split() for line in out.decode().splitlines() if line]

    head = ["comm", "hits", "share", "sum", "min", "mean", "max"]
    assert made(start + first + second, "--top") == [
        "f by comm: 30 hits".split(), head, ["cat", "20", "66%", "26", "0", "1", "5"],
        ['"a', 'b\\n"', "7", "23%", "70", "10", "10", "10"], "1 other keys 3 10% 4 1 1 2".split()], \
        made(start + first + second, "--top")
    last = ["cat", "31", "100%", "18446744073709551615", "0", "595056260442243600", "9"]
    assert made(start + first + whole + second + end, "--top") == ["f by comm: 31 hits".split(), head, last]
    # Two runs are two tables.
    twice = made((start + first + whole + end) * 2, "--top")
    assert twice == ["f by comm: 31 hits".split(), head, last] * 2, twice
    assert made(start + first + second, "--top=1")[-1] == "(1 more rows: --top 3)".split()
    ranges = table("f by count.log2: 2 keys, 3 hits in 1.0 s", "  count=[1K, 2K) hits=2 share=66% |@@@|",
                   "  count=[4, 8) hits=1 share=33% |@|") + \
        table("f by count.log2: 1 keys, 1 hits in 1.0 s", "  count=(..., 0) hits=1 share=100% |@|")
    assert [row[:-2] for row in made(ranges, "--top")[2:]] == [["(...,", "0)"], ["[4,", "8)"], ["[1K,", "2K)"]]
    # Stacks: offsets do not matter, and the hits of the table replace those of the lines.
    hit = ["kprobe_example: <f> pre_handler: t=1.0 cpu=0 pid=1 tid=1 comm=p", "kprobe_example: Call Trace:",
           "kprobe_example:  f+0x0/0x9", "kprobe_example:  x+0x0/0x9"]
    stacks = table("f by stack,comm: 3 keys, 9 hits", "  stack comm=a hits=4 share=44% sum=-4 min=-1 mean=-1 max=-1 |@|",
                   " f+0x0/0x9", " y+0x1/0x9", "  stack comm=a hits=3 share=33% sum=30 min=1 mean=10 max=20 |@|",
                   " f+0x0/0x9", " y+0x4/0x9 [m]", "  stack comm=a hits=2 share=22% |@|", " f+0x4/0x9",
                   " y+0x2/0x9", " ... (16 entries are kept)")
    assert sorted(made(start + hit + stacks + end, "--folded")) == [["a;y;f", "6"], ["a;y_[m];f", "3"]]
    assert made(start + hit + stacks + end, "--folded=sum") == [["a;y_[m];f", "30"]]
    assert sorted(made(start + hit + end + start + stacks + end, "--folded")) == [
        ["a;y;f", "6"], ["a;y_[m];f", "3"], ["p;x;f", "1"]]
    # Rows without a header, and what is no row, are messages.
    for row in first[1], "kprobe_example:   comm=a hits=x share=1% |@|", "kprobe_example: f by comm: 2 keys":
        assert [o["type"] for o in objects(row.encode())] in (["message"], []), row


def check_functions():
    """Counters of several functions, most hits first, with --errors most failures first."""
    lines = [summary("f", 11, " failed=6 mean=1500 max=88800"), summary("g", 101, " failed=0 mean=5 max=7"),
             summary("h", 1, " failed=0 mean=0 max=0")]
    data = "\n".join(lines).encode()
    head = "function hits failed mean us max us".split()
    rows = [["g", "100", "0", "0.005", "0.007"], ["f", "10", "6", "1.500", "88.800"]]
    assert [line.split() for line in run(data, "--top")[1].decode().splitlines()] == [head] + rows
    assert [line.split() for line in run(data, "--top", "--errors")[1].decode().splitlines()] == [head] + rows[::-1]
    assert run(data, "--top=1")[1].decode().splitlines()[-1] == "(1 more functions: --top 2)"
    failing = "\n".join(line for line in LINES if "pre_handler" not in line).encode()
    assert [line.split()[3] for line in run(failing, "--top")[1].decode().splitlines()[1:]] == ["sh", "ok"]
    assert [line.split()[3] for line in run(failing, "--top", "--errors")[1].decode().splitlines()[1:]] == ["sh"]
    for options in ["--errors"], ["--errors", "--json"], ["--min-us", "1", "--top"]:
        assert run(data, *options)[0] == 2, options
    assert run(lines[0].encode(), "--top")[1] == b""
    assert run(data)[1].decode().splitlines() == lines


def check_folded():
    lines = []
    for i, value in enumerate([5, 3000000000, 4000000000]):
        lines += [f"kretprobe_example: f returned 0 and took {value} ns to execute t={i}.5 cpu=0 pid=1 tid=1 "
                  "comm=a b", "kretprobe_example: Call Trace:", "kretprobe_example:  f+0x0/0x9",
                  f"kretprobe_example:  caller{int(i > 0)}+0x1/0x9"]
    lines += ["kprobe_example: <f> pre_handler: t=9.0 cpu=0 pid=1 tid=1 comm=p",
              "kprobe_example: Call Trace:", "kprobe_example:  f+0x0/0x9"]
    data = "\n".join(lines).encode()
    made = {option: sorted(run(data, option)[1].decode().splitlines()) for option in
            ("--folded", "--folded=calls", "--folded=ns")}
    assert made["--folded"] == made["--folded=calls"] == \
        ["a_b;caller0;f 1", "a_b;caller1;f 2", "p;f 1"], made
    assert made["--folded=ns"] == ["a_b;caller0;f 5", "a_b;caller1;f 7000000000"], made


def check_time():
    """100 000 lines in 20 s of one processor, with a page at the end."""
    log = []
    for i in range(33333):
        log += [f"{DATE} host kernel: {STAMP} kretprobe_example: vfs_read returned {i % 9} and took "
                f"{i * 7919 % 100000} ns to execute fd={i % 7} path=\"/usr/lib/x86_64/lib{i % 99}.so\" "
                f"t={10 + i / 1000:.9f} cpu=0 pid={i % 50} tid=1 comm=c{i % 20}",
                f"{DATE} host sshd[8]: Accepted publickey for root from 10.0.0.1 port 22 ssh2",
                f"{DATE} host kernel: {STAMP} kretprobe_example: vfs_write returned 1 and took 5 ns to "
                f"execute t={10 + i / 1000:.9f} cpu=0 pid={i % 50} tid=1 comm=d"]
    with tempfile.NamedTemporaryFile() as page:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        status, _, said = run("\n".join(log).encode(), "--html", page.name)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert status == 0, said
    assert "66666 calls are in the page" in said, said
    assert used < 20, f"it takes {used:.1f} s of CPU time"


def check_values():
    line = ('jprobe_example: <f> a={"b c","d}=e"...,(fault)} b={-2 -ENOENT,832} c=10.0.2.15:1>[::1]:2 '
            'd={\'}\',\'a\'} e="/x y" t=12.3 cpu=0 pid=9 tid=9 comm=cat')
    (hit,) = objects((STAMP + " " + line + "\n").encode())
    assert hit["args"] == {"a": '{"b c","d}=e"...,(fault)}', "b": "{-2 -ENOENT,832}", "c": "10.0.2.15:1>[::1]:2",
                           "d": "{'}','a'}", "e": "/x y"}, hit


def main():
    failed = 0
    for name, check in (
            (f"logs in {len(FORMS)} forms, with lines of others in between, are read", check_forms),
            ("compressed logs are read", check_packed),
            (f"{len(FORGED)} forged lines are no lines of a module", check_forged),
            ("a log without a line of a module is said to be one", check_none),
            ("a log that is cut anywhere is read as far as it goes", check_cut),
            ("two boots in a log are kept apart", check_boots),
            ("arrays, whatever is in their texts, are one value", check_values),
            ("--top counts, and begins with the worst", check_top),
            ("--folded=ns weighs stacks by time", check_folded),
            ("tables of by= are read, added up and replaced", check_tables),
            ("the counters of several functions are a table", check_functions),
            ("100 000 lines are read in 20 s", check_time)):
        if check == check_time and "--time" not in sys.argv:
            continue
        try:
            check()
            print(f"ok {name}", flush=True)
        except (AssertionError, KeyError, ValueError, StopIteration, IndexError) as error:
            failed = 1
            text = f"{type(error).__name__}: {error}".replace("\n", " | ")
            print(f"not ok {name}: {text[:1500]}", flush=True)
    return failed


sys.exit(main())
