#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
usage: btf.py described PROBE_BTF FOLDER TABLE
       btf.py members PROBE_BTF FILE STRUCT...
       btf.py tags PROBE_BTF
       btf.py fuzz PROBE_BTF COUNT [SEED] [FILE]

described: probe-btf prints the expected output for each line of TABLE, members.txt.
members: probe-btf prints the offset and size that pahole has for each member of STRUCT.
tags:    probe-btf uses the tags of __user pointers in BTF (GCC before 16 does not write them).
fuzz:    probe-btf ends without a signal and without a report of a sanitizer for COUNT malformed
         files of BTF, random ones and changed copies of FILE. The same SEED makes the same files.
         A file that fails is kept.
"""
import os
import random
import re
import struct
import subprocess
import sys
import tempfile


def fail(why):
    print(why)
    sys.exit(1)


def probe_btf(program, *arguments):
    """Return the exit status, output and messages. The status is 'hang' if it does not end."""
    try:
        done = subprocess.run([program, *arguments], capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return 'hang', '', ''
    return done.returncode, done.stdout.decode(errors='replace').strip(), done.stderr.decode(errors='replace')


# ------------------------------------------------------------------------------------ members

def pahole_members(file, name):
    """
    Return (path, offset, size, bits, declaration) of each member, including those of nested structs.
    bits is (first bit, width) of a bitfield, whose first bit is counted from the start of the struct.
    """
    text = subprocess.run(['pahole', '-F', 'btf', '-C', name, file], capture_output=True, check=True,
                          text=True).stdout
    open_structs = [[]]
    for line in text.splitlines():
        line = line.strip()
        comment = re.search(r'/\*\s*(\d+)(?::\s*(\d+))?\s+(\d+)\s*\*/', line)
        code = re.sub(r'__attribute__\(\(.*?\)\)\)?', '', line.split('/*')[0]).strip()
        if code.endswith('{'):
            open_structs.append([])
        elif code.startswith('}'):
            inner = open_structs.pop()
            if len(open_structs) == 1:
                return inner
            named = re.match(r'}\s*(\w+)((?:\[\d*\])*);', code)
            if named and named[2]:
                continue
            prefix = named[1] + '.' if named else ''
            open_structs[-1] += [(prefix + path, *rest) for path, *rest in inner]
        elif comment and code.endswith(';'):
            pointer = re.search(r'\(\*(\w+)\)\s*\(', code)
            found = pointer or re.search(r'(\w+)\s*(?::\d+)?(?:\[[^]]*\])*\s*;$', code)
            if found:
                # Of a bitfield, pahole has the offset of its unit, and its first bit there.
                width = re.search(r':(\d+);', code)
                size = int(width[1]) // 8 if width else int(comment[3])
                bits = (int(comment[1]) * 8 + int(comment[2] or 0), int(width[1])) if width else None
                open_structs[-1].append((found[1], int(comment[1]) + int(comment[2] or 0) // 8, size, bits, code))
    return []


# What probe-btf may refuse, and what it may not.
REFUSED = re.compile(r'is a (struct|union)|is an array|floating-point|bytes: args= shows')
PLAIN = re.compile(r'(const )?(long |short )?(unsigned |signed )?(char|short|int|long|_Bool)( int| unsigned int)* +\w+;')


def members(program, file, names):
    checked = 0
    for name in names:
        found = pahole_members(file, name)
        if not found:
            fail(f'pahole has no members of struct {name} in {file}')
        for path, offset, size, bits, code in found:
            status, said, why = probe_btf(program, '--btf', file, 'no_function', f'((struct {name} *)$arg1)->{path}')
            if status == 0:
                got = re.fullmatch(r'\w+=\+(\d+)\(\$arg1\):(bool|symbol|string|file|dentry|sock|task|[usx]\d+)'
                                   r'(?:\[(\d+)\])?', said)
                field = re.fullmatch(r'\w+=\+(\d+)\(\$arg1\):b(\d+)@(\d+)/\d+', said)
                shown = {'bool': 1, 'symbol': 8, 'string': size, 'file': 8, 'dentry': 8, 'sock': 8, 'task': 8}
                address = re.fullmatch(r'\w+=\+u?0\(\+(\d+)\(\$arg1\)\):sockaddr', said)
                if address:
                    right = int(address[1]) == offset and size == 8
                elif field and bits:
                    right = bits == (int(field[1]) * 8 + int(field[3]), int(field[2]))
                else:
                    right = got and int(got[1]) == offset and \
                        size == (shown.get(got[2]) or int(got[2][1:]) // 8) * int(got[3] or 1)
                if not right:
                    fail(f'struct {name}: {code} is at {offset} and has {size} bytes: got {said}')
                checked += 1
            elif not REFUSED.search(why):
                fail(f'struct {name}: {code}: {why.strip()}')
            elif PLAIN.match(code):
                fail(f'struct {name}: {code} is refused: {why.strip()}')
    print(f'{checked} members')


# ---------------------------------------------------------------------------------- the table

def described(program, folder, table):
    checked = 0
    for line in open(table, encoding='utf-8'):
        if line.startswith('#'):
            continue
        question, expected = line.rstrip('\n').split(' => ')
        arch = re.match(r'(x86_64|aarch64): ', question)
        arguments = question[arch.end() if arch else 0:].split(' | ')
        for on in [arch[1]] if arch else ['x86_64', 'aarch64']:
            _, said, why = probe_btf(program, '--arch', on, '--btf', folder, *arguments)
            got = said or why.strip().removeprefix('probe-btf: ')
            if got != expected:
                fail(f"on {on}, {' | '.join(arguments)}: expected {expected}, got {got}")
            checked += 1
    print(f'{checked} answers')


# ------------------------------------------------------------------------------- BTF from here

class Btf:
    """A file of BTF in the making. Types are numbered from 1; each method returns its type's."""

    def __init__(self):
        self.strings = b'\0'
        self.types = []

    def string(self, text):
        at = len(self.strings)
        self.strings += text.encode() + b'\0'
        return at if text else 0

    def type(self, name, kind, vlen, size, rest=b'', flag=0):
        self.types.append(struct.pack('<III', self.string(name), flag << 31 | kind << 24 | vlen, size) + rest)
        return len(self.types)

    def int(self, name, size, encoding=0):
        return self.type(name, 1, 0, size, struct.pack('<I', encoding << 24 | size * 8))

    def ptr(self, to):
        return self.type('', 2, 0, to)

    def const(self, to):
        return self.type('', 10, 0, to)

    def tag(self, name, to):
        return self.type(name, 18, 0, to)

    def struct(self, name, size, members):
        rest = b''.join(struct.pack('<III', self.string(m), t, bit) for m, t, bit in members)
        return self.type(name, 4, len(members), size, rest)

    def func(self, name, returns, params):
        rest = b''.join(struct.pack('<II', self.string(p), t) for p, t in params)
        return self.type(name, 12, 0, self.type('', 13, len(params), returns, rest))

    def write(self, path):
        write_btf(path, b''.join(self.types), self.strings)


def write_btf(path, types, strings):
    with open(path, 'wb') as file:
        file.write(struct.pack('<HBBIIIII', 0xeb9f, 1, 0, 24, 0, len(types), len(types), len(strings)))
        file.write(types + strings)


def tags(program):
    btf = Btf()
    char = btf.int('char', 1, 1)
    text = btf.ptr(btf.const(char))
    user_text = btf.ptr(btf.tag('user', btf.const(char)))
    number = btf.int('int', 4, 1)
    # struct node { struct node *next; struct node __user *user; const char *text; int value; }
    node = len(btf.types) + 1
    btf.struct('node', 32, [('next', node + 1, 0), ('user', node + 3, 64), ('text', text, 128), ('value', number, 192)])
    node_ptr = btf.ptr(node)
    user_node = btf.ptr(btf.tag('user', node))
    assert (node_ptr, user_node) == (node + 1, node + 3)
    btf.func('f', text, [('name', text), ('filename', user_text), ('node', node_ptr), ('unode', user_node)])
    btf.func('do_sys_f', number, [('name', text), ('node', node_ptr)])
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'vmlinux')
        btf.write(file)
        for expected, *arguments in [
                ('name=$arg1:string,filename=$arg2:ustring,node=$arg3:x64,unode=$arg4:x64,$retval:string', '--return', 'f'),
                # Its tags are more than the function's name.
                ('name=$arg1:string,node=$arg2:x64', 'do_sys_f'),
                ('value=+24($arg3):s32', 'f', 'node->value'),
                ('value=+24(+0($arg3)):s32', 'f', 'node->next->value'),
                ('value=+u24($arg4):s32', 'f', 'unode->value'),
                # What is in user memory points to user memory, whatever its type says.
                ('value=+u24(+u0($arg4)):s32', 'f', 'unode->next->value'),
                ('value=+u24(+8($arg3)):s32', 'f', 'node->user->value'),
                ('value=+u24(+u0(+8($arg3))):s32', 'f', 'node->user->next->value'),
                ('text=+0(+16($arg3)):string', 'f', 'node->text:string'),
                ('text=+u0(+u16($arg4)):ustring', 'f', 'unode->text:string'),
                ('filename=$arg2:ustring', 'f', 'filename:string'),
                # A cast does not make a user's pointer one of the kernel.
                ('value=+u24($arg4):s32', 'f', '((struct node *)unode)->value'),
                ('value=+u24($arg3):s32', 'f', '((struct node __user *)node)->value'),
        ]:
            status, said, why = probe_btf(program, '--arch', 'x86_64', '--btf', file, *arguments)
            if status or said != expected:
                fail(f"{' '.join(arguments)}: expected {expected}, got {said}{why.strip()}")


# ------------------------------------------------------------------------------------ the fuzzer

NAMES = ['a', 'b', 'f', 'p', 'char', 'int', 'len', 'user', 'flags', 's', '', '\n,x=', 'é', '__do_sys_f']
VALUES = [[], ['a'], ['p->a->b->a->b->a'], ['((struct s *)p)->a'], ['((struct s __user *)$arg1)->b[3].a:string'],
          ['a.b'], ['b[0]'], ['p->a:string', 'p->b:u64'], ['$retval->a'], ['(f *)p->a'], ['((union b*)a)->len[2147483647]'],
          ['p->nosuch'], ['((((((p'], ['(a *)(b *)(f *)p'], ['p[2147483647][2147483647][2147483647]']]


def random_type(random_number, names, strings, nr):
    pick, number = random_number.choice, random_number.randrange
    kind = pick([1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]) if number(300) else 20
    name = pick(names) if number(10) else number(len(strings) + 20)
    of_type = kind in (2, 8, 9, 10, 11, 12, 13, 14, 17, 18)
    size = number(nr + 2) if of_type else pick([0, 1, 2, 4, 8, 16, 24, 2 ** 31 - 1, 2 ** 32 - 1])
    vlen = number(40) if kind in (4, 5, 6, 13, 15, 19) else 0
    data = struct.pack('<III', name, number(2) << 31 | kind << 24 | vlen, size)

    def word():
        return random_number.getrandbits(32)

    if kind == 1:
        data += struct.pack('<I', word() & 0x0fff00ff)
    elif kind == 3:
        data += struct.pack('<III', number(nr + 2), number(nr + 2), pick([0, 1, 100, 2 ** 31, 2 ** 32 - 1]))
    elif kind in (14, 17):
        data += struct.pack('<I', word())
    for _ in range(vlen):
        if kind in (4, 5):
            data += struct.pack('<III', pick(names), number(nr + 2), pick([word(), number(4096), number(64) * 8]))
        elif kind == 6:
            data += struct.pack('<II', pick(names), word())
        elif kind == 13:
            data += struct.pack('<II', pick(names), number(nr + 2))
        elif kind in (15, 19):
            data += struct.pack('<III', pick(names) if kind == 19 else number(nr + 2), word(), word())
    return data


def random_file(random_number, path):
    strings, names = b'\0', []
    for name in NAMES:
        names.append(len(strings))
        strings += name.encode() + b'\0'
    nr = random_number.randrange(3, 60)
    types = b''.join(random_type(random_number, names, strings, nr) for _ in range(nr))
    # A function that always is there: f(a, p, b, …)
    parameters = [names[NAMES.index(n)] for n in ('a', 'p', 'b')]
    types += struct.pack('<III', 0, 13 << 24 | 3, random_number.randrange(nr + 1))
    types += b''.join(struct.pack('<II', name, random_number.randrange(1, nr + 1)) for name in parameters)
    types += struct.pack('<III', names[NAMES.index('f')], 12 << 24, nr + 1)
    write_btf(path, types, strings)


def section(path):
    """The BTF of an object file, as it is there."""
    with tempfile.NamedTemporaryFile() as raw:
        subprocess.run(['objcopy', '-O', 'binary', '--only-section=.BTF', '--set-section-flags', '.BTF=alloc', path,
                        raw.name], check=True, capture_output=True)
        return open(raw.name, 'rb').read()


def changed_file(random_number, original, path):
    data = bytearray(original)
    for _ in range(random_number.randrange(1, 12)):
        at = random_number.randrange(24 if random_number.randrange(8) else 0, len(data))
        data[at] = random_number.choice([0, 1, 0xff, random_number.randrange(256), data[at] ^ 1 << random_number.randrange(8)])
    if not random_number.randrange(10):
        del data[random_number.randrange(len(data)):]
    with open(path, 'wb') as file:
        file.write(data)


def fuzz(program, count, seed=1, file=None):
    random_number = random.Random(int(seed))
    original = section(file) if file else None
    answered = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'vmlinux')
        for index in range(int(count)):
            function, values = 'f', random_number.choice(VALUES)
            if original and index % 2:
                changed_file(random_number, original, path)
                function = random_number.choice(['nine', 'names', 'struct_large', 'members_of'])
                values = random_number.choice([[], ['m->left.number', 'm->next->next->kind'], ['m->text', 'm->here'], values])
            else:
                random_file(random_number, path)
            arguments = ['--return', '--arch', random_number.choice(['x86_64', 'aarch64']), '--btf', path, function, *values]
            status, said, why = probe_btf(program, *arguments)
            answered += status == 0
            if status not in (0, 1) or 'Sanitizer' in why or 'runtime error' in why or re.search(r'[^ -~]', said):
                kept = tempfile.mkdtemp(prefix='probe-btf-fuzz.')
                os.rename(path, os.path.join(kept, 'vmlinux'))
                fail(f"file {index} of seed {seed}, in {kept}: probe-btf {' '.join(arguments)}: {status} {said!r} {why[:300]!r}")
    if not answered:
        fail('not one of the files was understood, so nothing was tried')
    print(f'{count} files, {answered} described')


COMMANDS = {'described': described, 'members': lambda program, file, *names: members(program, file, names), 'tags': tags, 'fuzz': fuzz}

if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS:
    sys.exit(__doc__)
COMMANDS[sys.argv[1]](*sys.argv[2:])
