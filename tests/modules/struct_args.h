/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions with structs passed by value, and the fetch expressions of their arguments that
 * probe-btf must print.
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

/* A struct that does not fit into the remaining registers may leave them to the next argument. */
long struct_back(long a, long b, long c, long d, long e, struct pair f, long g, long h);

/* Or the remaining register stays unused. */
long struct_split(struct pair a, struct pair b, struct pair c, long d, struct pair e, long f);

/* The address of the result is an argument as well. A struct without members is not passed. */
struct large struct_large(struct four a, struct large b, struct none none, long c, struct pair d);

#endif
