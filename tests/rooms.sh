#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may include from whom. The folders within a top folder are rooms; a file <top>/rooms declares
# them, lowest first, and from which of those before it each may include:
#	all: settings.h
#	base:
#	link: base
# What `all` may include, every room may. A name with a dot is a file of the top folder itself.
# usage: rooms.sh     (at the root of the sources)
set -eu
export LC_ALL=C
failed=0
for declared in */rooms; do
	top=${declared%/rooms}
	[ -f "$declared" ] || continue
	foreign=$(cat /dev/null $(ls */rooms | grep -vxF "$declared") |
		sed -n 's/^\([a-z_]*\):.*/\1/p')
	find "$top" -name '*.[chS]' | sort | xargs awk -v top="$top" -v foreign="$foreign" '
	function breach(where, what) {
		print "error: " where ": " what
		failed = 1
	}
	function declare(room, from,    n, i, names) {
		arrows[room] = from
		n = split(from " " all, names)
		for (i = 1; i <= n; i++) {
			may[room, names[i]]
			if (names[i] !~ /[.]/ && !(names[i] in arrows))
				breach(top "/rooms", room " may include from " names[i] \
				       ", which is not declared before it")
		}
	}
	BEGIN {
		split(foreign, names)
		for (i in names) foreigners[names[i]]
		for (i = 1; i < ARGC; i++) exists[ARGV[i]]
		while ((getline line <(top "/rooms")) > 0) {
			room = from = line
			if (!sub(/^[a-z_]+:[ \t]*/, "", from)) continue
			sub(/:.*/, "", room)
			if (room == "all") all = from; else declare(room, from)
		}
	}
	FNR == 1 {
		room = split(FILENAME, path, "/") > 2 ? path[2] : ""
		if (room && !(room in arrows)) breach(FILENAME, "the room " room " is not declared")
	}
	room && /^[ \t]*#[ \t]*include/ && split($0, part, /["<>]/) > 1 {
		to = name = part[2]
		sub(/\/.*/, "", to)
		where = FILENAME ":" FNR " includes " name
		if (name ~ /\.\.\//) breach(where, "it is written as from " top "/ on: room/file.h")
		else if (to == room || (room, to) in may || !(room in arrows)) next
		else if (to in arrows || (top "/" name) in exists)
			breach(where, room " may include from " \
			       (arrows[room] ? arrows[room] " alone" : "nothing but itself"))
		else if (to != name && to in foreigners) breach(where, "a room of another folder")
	}
	END {exit failed}' >&2 || {
		echo "hint: $declared declares who may include from whom" >&2
		failed=1
	}
done
exit $failed
