// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shared code that never runs in a handler. Each of the three modules includes it and is
 * one translation unit; Kbuild explains why.
 */
#include <common/param.c>
#include <common/symbols.c>
#include <common/ftrace.c>
#include <common/errors.c>
#include <common/target.c>
#include <common/args.c>
#include <common/fetch.c>
#include <common/value.c>
#include <common/bucket.c>
#include <common/condition.c>
#include <common/table.c>
#include <common/sum.c>
#include <common/where.c>
#include <common/pidset.c>
#include <common/filter.c>
#include <common/limit.c>
#include <common/stack.c>
#include <common/summary.c>
#include <common/stats.c>
#include <common/report.c>
#include <common/register.c>
#include <common/arm.c>
#include <common/notifier.c>
#include <common/module.c>
