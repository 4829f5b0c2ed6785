#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""guest.py SHELL/AWK: runs scripts/probe and kprobe-event on real functions, with this shell and awk.

Prints "ok NAME" or "not ok NAME" for each test, and the reason of a failure before it.
"""
import glob
import os
import pty
import signal
import subprocess
import sys
import time

PAIR = sys.argv[1]
PROBE = "/add/scripts/probe"
EVENT = "/add/scripts/kprobe-event"
OUT = "/tmp/out"
SAID = "/tmp/said"
failed = False


def content(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def left():
    """Return what scripts/probe has left behind."""
    found = [f"/sys/module/{kind}_example" for kind in ("kprobe", "jprobe", "kretprobe")]
    found = [path for path in found if os.path.exists(path)]
    found += ["/tmp/" + name for name in os.listdir("/tmp") if name.startswith("tmp.")]
    found += os.listdir("/sys/kernel/tracing/instances")
    with open("/sys/kernel/tracing/kprobe_events", encoding="ascii") as events:
        found += events.readlines()
    return found


class Probe:
    """A running scripts/probe in a process group of its own, as in a terminal."""

    def __init__(self, *arguments):
        with open(OUT, "wb") as out, open(SAID, "wb") as said:
            self.process = subprocess.Popen([PROBE, *arguments], cwd="/tmp", stdout=out, stderr=said,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        while self.process.poll() is None and "Planted" not in content(OUT) + content(SAID):
            time.sleep(0.05)

    def interrupt(self):
        """Send SIGINT to the process group, as Ctrl-C does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, expected=0):
        status = self.process.wait()
        assert status == expected, f"status {status}: {content(SAID)}"
        assert not left(), f"left behind: {left()}"
        return content(OUT)


COMM = os.open("/proc/self/comm", os.O_WRONLY)


def act():
    """Call openat() as a task with the name "actor": two calls fail, three succeed."""
    os.write(COMM, b"actor")
    for path in ["/proc/version", "/no such file", "/proc/uptime", "/no/such/dir", "/proc/stat"]:
        try:
            os.close(os.open(path, os.O_RDONLY))
        except FileNotFoundError:
            pass
    os.write(COMM, b"python3")


def check(form):
    result = subprocess.run(["/usr/bin/python3", "/add/check.py", form, OUT], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    assert result.returncode == 0, result.stdout.decode()


def test(name, function, *arguments):
    global failed
    try:
        function(*arguments)
        print("ok", PAIR + ":", name)
    except AssertionError as error:
        failed = True
        print("#", str(error).replace("\n", "\n# "))
        print("not ok", PAIR + ":", name)
    sys.stdout.flush()


def seen(via, form):
    probe = Probe("kretprobe", "do_sys_openat2", "path=$arg2:ustring", "--comm", "actor", "--via", via,
                  "--stack", *([] if form == "text" else ["--" + form]))
    act()
    # The lines must be printed before the script is interrupted.
    time.sleep(0.5)
    probe.interrupt()
    text = probe.end()
    if form != "text":
        check(form)
    if form == "folded":
        # All calls have the same stack.
        assert sum(int(line.split()[-1]) for line in text.splitlines()) == 5, text
        assert ";do_sys_openat2 5" in text, text
    else:
        for path in ["/proc/version", "/no such file", "/proc/uptime", "/no/such/dir", "/proc/stat"]:
            assert text.count(f'"{path}"') == 1, f"{path}: {text}"
        assert text.count("ENOENT") == 2, text
    if form == "text":
        assert " logged=5 " in text and " 5 calls, 2 failed, took min " in text and "|@@@" in text, text


def at_most(via):
    probe = Probe("kretprobe", "do_sys_openat2", "--comm", "actor", "--via", via, "--max", "3", "--errors", "--json")
    act()
    act()
    text = probe.end()
    check("json")
    assert text.count('"type":"return"') == 3 and text.count('"errno":"ENOENT"') == 3, text


def full_disk():
    """If the disk is full after one page, the script reports it and ends with status 1."""
    global OUT
    os.makedirs("/small", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", "/small"], check=True)
    OUT = "/small/out"
    try:
        for via in "module", "tracefs":
            probe = Probe("kprobe", "do_sys_openat2", "--comm", "actor", "--via", via, "--json")
            for _ in range(20):
                act()
            probe.end(1)
            assert "probe: the output cannot be written: stopped" in content(SAID), content(SAID)
    finally:
        OUT = "/tmp/out"
        subprocess.run(["umount", "/small"], check=True)


def slow_reader(via, pause, impatient):
    """If the reader pauses, all output still arrives. Further Ctrl-C end the script with status 1."""
    # More than a pipe holds, of which the default rate limit would let through too little.
    limit = ["--ratelimit", "0"] if via == "module" else []
    with open(SAID, "wb") as said, \
         subprocess.Popen([PROBE, "kretprobe", "do_sys_openat2", "--comm", "actor", "--via", via, "--json", *limit], cwd="/tmp",
                          stdout=subprocess.PIPE, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        text = process.stdout.readline()
        for _ in range(200):
            act()
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(pause)
        assert process.poll() is None, f"it has not waited: {content(SAID)}"
        for _ in range(3 if impatient else 0):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(2)
        if impatient:
            assert process.wait() == 1 and "the end of the output is missing" in content(SAID), content(SAID)
        text += process.stdout.read()
    assert not left(), f"left behind: {left()}"
    if not impatient:
        assert process.returncode == 0, f"status {process.returncode}: {content(SAID)}"
        with open(OUT, "wb") as out:
            out.write(text)
        check("json")
        assert b'"type":"histogram"' in text.splitlines()[-1], text[-300:]


def ended_by(sent):
    for via in "module", "tracefs":
        probe = Probe("kprobe", "do_sys_openat2", "--via", via)
        # The script may not read the log yet when the probe is registered.
        time.sleep(2)
        os.killpg(probe.process.pid, sent)
        assert " unregistered hits=" in probe.end(128 + sent), content(OUT)


def events():
    def event(*arguments):
        return subprocess.run([EVENT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    made = event("p:sys_write_event", "sys_write", "fd=$arg1:u32", "count=$arg3:u64")
    assert made.returncode == 0, made.stdout.decode()
    assert b"sys_write on this kernel" in made.stdout, made.stdout.decode()
    assert event("enable", "sys_write_event").returncode == 0
    null = os.open("/dev/null", os.O_WRONLY)
    os.write(null, b"seven--")
    assert event("disable", "sys_write_event").returncode == 0
    assert f"fd={null} count=7".encode() in event("read", "sys_write_event").stdout
    os.close(null)
    again = event("add", "p:sys_write_event vfs_read")
    assert again.returncode == 1 and b"the name is taken" in again.stdout, again.stdout.decode()
    assert event("-:kprobes/sys_write_event").returncode == 0
    assert not left(), f"left behind: {left()}"


def traced(sent):
    with subprocess.Popen([EVENT, "trace", "r:back", "do_sys_openat2", "ret=$retval"], stdout=subprocess.PIPE,
                          start_new_session=True) as tracing:
        enabled = f"/sys/kernel/tracing/instances/kprobe-event.{tracing.pid}/events/trace/*/enable"
        while not any(content(path)[0] == "1" for path in glob.glob(enabled)):
            time.sleep(0.05)
        act()
        while b"back: (" not in tracing.stdout.readline():
            pass
        os.killpg(tracing.pid, sent)
        tracing.stdout.read()
    assert tracing.returncode == 128 + sent, f"status {tracing.returncode}"
    assert not left(), f"left behind: {left()}"


def completed(line):
    """Return the output of bash on a terminal when TAB is pressed after this line."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir("/add")
        os.execle("/bin/bash", "bash", "--norc", "-i", {"PATH": os.environ["PATH"], "TERM": "dumb", "INPUTRC": "/dev/null"})
    # Ctrl-A and # turn the line into a comment, so that it is not executed.
    os.write(terminal, f". scripts/completion.bash\rbind 'set show-all-if-ambiguous on'\r{line}\t\x01#\rexit\r".encode())
    text = b""
    try:
        while data := os.read(terminal, 4096):
            text += data
    except OSError:
        pass  # reading fails when the terminal is closed
    os.waitpid(pid, 0)
    os.close(terminal)
    return text.decode()


def completion():
    subprocess.run(["insmod", "/modules/kprobe_example.ko", "symbol=vfs_read", "comm=nobody"], check=True)
    subprocess.run([EVENT, "p:some_event", "vfs_read"], check=True)
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        names = {line.split()[2] for line in symbols if line.split()[1] in "tT" and line.endswith("[kprobe_example]\n")}
    # Choose a function with a unique completion and a short name.
    function = min((name for name in names if name[:2] != "__" and sum(other.startswith(name[:-1]) for other in names) == 1), key=len)
    try:
        for line, *expected in [
                ("probe kprobe vfs_rea", "vfs_read ", "vfs_readlink "),
                ("scripts/probe kretprobe vfs_readlin", " vfs_readlink "),
                ("probe kprobe vfs_read,vfs_readlin", " vfs_read,vfs_readlink "),
                ("probe jprobe kprobe_example:" + function[:-1], " kprobe_example:" + function + " "),
                ("probe kprobe vfs_read --chr", " --chrome "),
                ("kprobe-event p:some_event vfs_readlin", " vfs_readlink "),
                ("kprobe-event dis", " disable "),
                ("kprobe-event disable some_ev", " some_event ")]:
            text = completed(line)
            for part in expected:
                assert part in text, f"{line}, TAB: expected '{part}' in: {text}"
    finally:
        subprocess.run([EVENT, "remove", "some_event"], check=True)
        subprocess.run(["rmmod", "kprobe_example"], check=True)


if PAIR.startswith("bash"):
    test("completion", completion)
test("kprobe-event", events)
for end in signal.SIGINT, signal.SIGQUIT:
    test(f"kprobe-event trace until {end.name}", traced, end)
for way in "module", "tracefs":
    for output in "text", "json", "folded", "chrome":
        test(f"probe --via {way}, {output}, until Ctrl-C", seen, way, output)
    test(f"probe --via {way} --max 3 --errors", at_most, way)
test("probe --json to a full disk", full_disk)
test("probe --json, the reader pauses", slow_reader, "module", 22, False)
test("probe --json --via tracefs, the reader pauses", slow_reader, "tracefs", 3, False)
test("probe --json, the reader does not go on", slow_reader, "module", 3, True)
for end in signal.SIGQUIT, signal.SIGTERM:
    test(f"probe until {end.name}", ended_by, end)
sys.exit(failed)
