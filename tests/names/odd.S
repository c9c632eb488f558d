/* SPDX-License-Identifier: MIT */
/* Names as Rust (legacy and v0), LLVM's ThinLTO, GCC's clones, and people who write assembly
 * make them. */
	.macro f name, binding=global
	.\binding "\name"
	.type "\name", %function
"\name":
	nop
	nop
	.size "\name", . - "\name"
	.endm

	.text
#ifdef __thumb__
	.syntax unified
	.thumb
#endif
	f "_ZN3app5motor4step17h0123456789abcdefE"
	f "_ZN49_$LT$app..Uart$u20$as$u20$core..fmt..Write$GT$9write_str17h0123456789abcdefE"
	f "_RNvNtCs4fqI2P2rA04_3app5motor4stop"
	f "_RNCNvCs4fqI2P2rA04_3app4main0"
	f "poll.llvm.9876543210"
	f "scale.constprop.0"
	f "scale.isra.0.part.1"
	f "whole"
	f "whole.constprop.1"
	f "rest.part.0"
	f "twin", local
	f "twin.lto_priv.0", local
	f "do=it"
	f "a+b"
	f "x%y"
	f "a:b"
	f "with space"
	f "größe"
	f "$tick"
	f "$dump"
	.global label
label: /* as many vendors' files have it: no type, no size */
	nop
	nop

	.data
	.global counter
	.type counter, %object
	.size counter, 4
counter:
	.word 0
	.local inner.3
	.type inner.3, %object
	.size inner.3, 4
inner.3:
	.word 0
