# SPDX-License-Identifier: MIT
# tl_config.h as firmware gets it with a library: each setting has the value that the library was
# built with, and no -D of the firmware's changes it (the compiler warns of one that differs).
# usage: awk -v defines='-DNAME=VALUE …' -f tl_config.awk tl_config.h
BEGIN {
	n = split(defines, words)
	for (i = 1; i <= n; i++)
		if (words[i] ~ /^-D/) {
			name = value = substr(words[i], 3)
			sub(/=.*/, "", name)
			given[name] = sub(/^[^=]*=/, "", value) ? value : 1
		}
}

/^#if/ { depth++ }

# The setting whose block this is, and how deep that lies.
/^#ifndef TL_/ && depth > 1 {
	setting = $2
	setting_depth = depth
	known[setting] = 1
	if (setting in given)
		print "#define " setting " " given[setting]
	next
}

/^#endif/ {
	depth--
	if (setting && depth == setting_depth - 1) {
		setting = ""
		next
	}
}

!(setting in given)

END {
	for (name in given)
		if (name ~ /^TL_/ && !(name in known)) {
			print "error: no setting " name " in agent/tl_config.h" >"/dev/stderr"
			exit 1
		}
}
