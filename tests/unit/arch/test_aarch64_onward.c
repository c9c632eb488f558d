/* SPDX-License-Identifier: MIT */
/*
 * AArch64: where code goes. Encodings are what aarch64-linux-gnu-as makes of the text beside them.
 */
#include "aarch64/a64.h"
#include "isa_onward.h"

#define I(bits) (bits) & 0xffff, (bits) >> 16

int main(void)
{
	const struct tl_isa *a = &a64_v8a;
	const struct onward_case cases[] = {
	        {"bl", a, {I(0x94000010)}, 1, CALLS, 0x1040},
	        {"b back", a, {I(0x17ffffff)}, 1, ENDS, 0xffc},
	        {"cbz", a, {I(0xb4000080)}, 1, FALLS, 0x1010},
	        {"b.eq", a, {I(0x54000080)}, 1, FALLS, 0x1010},
	        {"ret", a, {I(0xd65f03c0)}, 1, ENDS, 0},
	        {"retaa", a, {I(0xd65f0bff)}, 1, ENDS, 0},
	        {"eret", a, {I(0xd69f03e0)}, 1, ENDS, 0},
	        {"svc", a, {I(0xd4000001)}, 1, FALLS, 0},
	        {"br x9", a, {I(0xd61f0120)}, 1, ENDS | UNKNOWN, 0},
	        {"braa x9, sp", a, {I(0xd71f093f)}, 1, ENDS | UNKNOWN, 0},
	        {"blr x9", a, {I(0xd63f0120)}, 1, CALLS | UNKNOWN, 0},
	        {"blraa x9, sp", a, {I(0xd73f093f)}, 1, CALLS | UNKNOWN, 0},
	        {"adrp x16; add x16, x16, 16; br x16: a linker's veneer",
	         a,
	         {I(0xb0000010), I(0x91004210), I(0xd61f0200)},
	         3,
	         ENDS,
	         0x2010},
	        {"adr x9; blr x9", a, {I(0x10000209), I(0xd63f0120)}, 2, CALLS, 0x1040},
	        {"adrp x9; ldr x9, [x9]; blr x9",
	         a,
	         {I(0xb0000009), I(0xf9400129), I(0xd63f0120)},
	         3,
	         CALLS | UNKNOWN,
	         0},
	        {"adrp x9; mov x1, x2; blr x9",
	         a,
	         {I(0xb0000009), I(0xaa0203e1), I(0xd63f0120)},
	         3,
	         CALLS,
	         0x2000},
	        {"bl; stp x29, x30, [sp, -16]!: another function",
	         a,
	         {I(0x94000010), I(0xa9bf7bfd)},
	         2,
	         NO_CODE,
	         0},
	        {"bl; sub sp, sp, 16", a, {I(0x94000010), I(0xd10043ff)}, 2, NO_CODE, 0},
	        {"cbz; sub sp, sp, 16", a, {I(0xb4000080), I(0xd10043ff)}, 2, FALLS, 0},
	        {"zeros", a, {0}, 1, NO_CODE, 0},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		onward_check(&cases[i]);
	return check_end("where AArch64 code goes");
}
