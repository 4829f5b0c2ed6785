# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 1: which program deletes the files, and how many?

draw_word rm gzip mv ln
culprit=$drawn
draw 4
files=$((drawn + 2))

work() {
	# New names each time: a file that is replaced is deleted, too.
	times=$((${times:-0} + 1))
	spool=spool.$$.$times kept=kept.$$.$times
	mkdir $spool $kept
	file=0
	while [ $file -lt $files ]; do
		file=$((file + 1))
		echo "job $file" >$spool/$file
		cat $spool/$file >$kept/$file
		touch $spool/$file
	done
	file=0
	while [ $file -lt $files ]; do
		file=$((file + 1))
		case $culprit in
		rm) rm $spool/$file ;;
		gzip) gzip $spool/$file ;;
		# A rename is not possible from one file system to another.
		mv) mv $spool/$file /root/exercise.$$.$times.$file ;;
		ln) ln -sf ../$kept/$file $spool/$file ;;
		esac
	done
}

check() {
	rm -f /root/exercise.*
	probed kprobe_example vfs_unlink || return
	answered 2 "PROGRAM COUNT" "程序名 次数" || return
	set -- $given
	[ "$1" = $culprit ] ||
		missing "'$1' does not delete them: comm= in the lines shows who does" \
			"删除文件的不是“$1”：看日志行里的 comm="
	[ "$2" = $files ] ||
		missing "it was not $2 files: count the lines of that program only" \
			"不是 $2 个文件：只数该程序的行"
}
