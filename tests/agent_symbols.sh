#!/bin/sh
# SPDX-License-Identifier: MIT
# The agent's symbols: nothing undefined but the bounds of tl_text and tl_ram and what the firmware
# defines or an unwinder, nothing global without a prefix; and its variables: every object file that
# has some says where (TL_RAM in arch/arch.h), and none begins with a value, since a debugger that
# loads the program once more would write that over what the agent works with.
# usage: agent_symbols.sh CROSS OBJECT ARCH-SYMBOLS OBJECTS…     (OBJECT: all of OBJECTS, linked
# with ld -r)
set -eu
nm=$1nm objdump=$1objdump object=$2 arch=$3
shift 3
bounds='__(start|stop)_tl_(text|ram)'
firmware='_start|tl_chained_(trap|vectors)|_Unwind_(VRS_[GS]et|GetCFA|SetGR)'
undefined=$("$nm" -u "$object" | awk '{print $NF}' | grep -vxE "$bounds|$firmware" || true)
stray=$("$nm" -g --defined-only "$object" | awk '{print $NF}' |
	grep -vxE "tl_[a-z0-9_]*|$arch" || true)
untold=$("$objdump" -hr "$@" | awk '
	/file format/ {file = $1}
	/RELOCATION RECORDS/ {ram = /\[tl_ram\]/}
	$2 ~ /^\.(s?bss|s?data|tbss|tdata)$/ && $3 !~ /^0+$/ {has[file $2]}
	ram && $3 ~ /^\./ {delete has[file ":" $3]; delete has[file $3]}
	END {for (h in has) print h}')
filled=$("$objdump" -h "$@" | awk '
	/file format/ {file = $1}
	$2 ~ /^\.(s?data|tdata)(\..*)?$/ && $2 !~ /^\.data\.rel\.ro/ &&
		$3 !~ /^0+$/ {print file $2}')
[ -z "$undefined" ] || echo "error: the agent needs symbols that it does not define:" $undefined >&2
[ -z "$stray" ] || echo "error: global symbols without the prefix tl_:" $stray >&2
[ -z "$untold" ] || echo "error: variables that TL_RAM() does not tell of:" $untold >&2
[ -z "$filled" ] || echo "error: variables that begin with a value:" $filled >&2
[ -z "$undefined$stray$untold$filled" ]
