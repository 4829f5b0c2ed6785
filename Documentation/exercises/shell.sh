# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The shell of "scripts/exercise --shell" reads this. SEED and EXERCISE are on the kernel's command
# line, from which they get into the environment.

sh /add/exercises/guest.sh start "$EXERCISE"
PATH=/tmp/exercise/bin:/add/scripts:$PATH
export PATH
cd /modules || exit
