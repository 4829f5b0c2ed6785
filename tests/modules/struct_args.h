/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that are given structs, and where the words of their arguments are: what
 * probe-btf should say, and what should be found there.
 *
 * x86_64 struct_back: a=$arg1:s64,b=$arg2:s64,c=$arg3:s64,d=$arg4:s64,e=$arg5:s64,f=$arg7:x64,g=$arg6:s64,h=$arg9:s64
 * aarch64 struct_back: a=$arg1:s64,b=$arg2:s64,c=$arg3:s64,d=$arg4:s64,e=$arg5:s64,f=$arg6:x64,g=$arg8:s64,h=$arg9:s64
 *
 * x86_64 struct_split: a=$arg1:x64,b=$arg3:x64,c=$arg5:x64,d=$arg7:s64,e=$arg8:x64,f=$arg10:s64
 * aarch64 struct_split: a=$arg1:x64,b=$arg3:x64,c=$arg5:x64,d=$arg7:s64,e=$arg9:x64,f=$arg11:s64
 *
 * x86_64 struct_large: a=$arg2:x32,b=$arg7:x64,c=$arg3:s64,d=$arg4:x64
 * aarch64 struct_large: a=$arg1:x32,b=$arg2:x64,c=$arg3:s64,d=$arg4:x64
 */
#ifndef STRUCT_ARGS_H
#define STRUCT_ARGS_H

struct none {};
struct four { unsigned int word; };
struct pair { long first, second; };
struct large { long word[3]; };

/* What does not fit into the registers that are left may leave them to the next one. */
long struct_back(long a, long b, long c, long d, long e, struct pair f, long g, long h);

/* Or there may be one register left that nobody gets. */
long struct_split(struct pair a, struct pair b, struct pair c, long d, struct pair e, long f);

/* Where the result goes is an argument as well; one without members is none. */
struct large struct_large(struct four a, struct large b, struct none none, long c, struct pair d);

#endif
