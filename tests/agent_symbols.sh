#!/bin/sh
# SPDX-License-Identifier: MIT
# The agent's symbols: nothing undefined but the bounds of tl_text and what the firmware defines or an unwinder, nothing global without a prefix.
# usage: agent_symbols.sh NM OBJECT ARCH-SYMBOLS     (OBJECT: all of the agent, linked with ld -r)
set -eu
nm=$1 object=$2 arch=$3
undefined=$("$nm" -u "$object" | awk '{print $NF}' | grep -vxE '__start_tl_text|__stop_tl_text|_start|tl_chained_trap|_Unwind_(VRS_[GS]et|GetCFA|SetGR)' || true)
stray=$("$nm" -g --defined-only "$object" | awk '{print $NF}' | grep -vxE "tl_[a-z0-9_]*|$arch" || true)
[ -z "$undefined" ] || echo "error: the agent needs symbols that it does not define:" $undefined >&2
[ -z "$stray" ] || echo "error: global symbols without the prefix tl_:" $stray >&2
[ -z "$undefined$stray" ]
