/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M: where code goes. Encodings are what arm-none-eabi-as makes of the text beside them.
 */
#include "isa_onward.h"
#include "thumb/thumb.h"

int main(void)
{
	const struct tl_isa *m3 = &thumb_v7m, *m0 = &thumb_v6m;
	const struct onward_case cases[] = {
	        {"bl +0x200", m3, {0xf000, 0xf8fe}, 1, CALLS, 0x1200},
	        {"bl, far back", m0, {0xf7ff, 0xfefe}, 1, CALLS, 0xe00},
	        {"b.w", m3, {0xf000, 0xb97a}, 1, ENDS, 0x12f8},
	        {"cbz", m3, {0xb1c0}, 1, FALLS, 0x1034},
	        {"bne.w", m3, {0xf040, 0x8027}, 1, FALLS, 0x1052},
	        {"b .", m3, {0xe7fe}, 1, ENDS, 0x1000},
	        {"bx lr", m3, {0x4770}, 1, ENDS, 0},
	        {"pop {r4, pc}", m3, {0xbd10}, 1, ENDS, 0},
	        {"ldr pc, [sp], #4", m3, {0xf85d, 0xfb04}, 1, ENDS, 0},
	        {"mov pc, lr", m3, {0x46f7}, 1, ENDS, 0},
	        {"blx r3", m3, {0x4798}, 1, CALLS | UNKNOWN, 0},
	        {"blx lr", m3, {0x47f0}, 1, CALLS | UNKNOWN, 0},
	        {"bx r3: a tail call by pointer", m3, {0x4718}, 1, ENDS | UNKNOWN, 0},
	        {"mov pc, r3", m3, {0x469f}, 1, ENDS | UNKNOWN, 0},
	        {"tbb", m3, {0xe8df, 0xf000}, 1, ENDS | UNKNOWN, 0},
	        {"ldr pc, [r3, r0, lsl #2]", m3, {0xf853, 0xf020}, 1, ENDS | UNKNOWN, 0},
	        {"it eq; bxeq lr: falls through, too", m3, {0xbf08, 0x4770}, 2, FALLS, 0},
	        {"veneer: ldr pc, [pc]", m3, {0xf8df, 0xf000, 0x2345, 0x0801}, 1, ENDS, 0x08012344},
	        {"veneer: ldr pc of an even address",
	         m3,
	         {0xf8df, 0xf000, 0x2344, 0x0801},
	         1,
	         ENDS | UNKNOWN,
	         0},
	        {"veneer: movw, movt, bx ip",
	         m3,
	         {0xf242, 0x3c45, 0xf6c0, 0x0c01, 0x4760},
	         3,
	         ENDS,
	         0x08012344},
	        {"veneer: push, ldr, mov ip, pop, bx ip",
	         m0,
	         {0xb401, 0x4802, 0x4684, 0xbc01, 0x4760, 0xbf00, 0x2345, 0x0801},
	         5,
	         ENDS,
	         0x08012344},
	        {"ldr r3, =f; movs r0, #5; blx r3",
	         m0,
	         {0x4b01, 0x2005, 0x4798, 0xbf00, 0x2345, 0x0801},
	         3,
	         CALLS,
	         0x08012344},
	        {"ldr r3, =f; ldr r3, [r0]; blx r3",
	         m0,
	         {0x4b01, 0x6803, 0x4798, 0xbf00, 0x2345, 0x0801},
	         3,
	         CALLS | UNKNOWN,
	         0},
	        {"after a call nothing is known",
	         m3,
	         {0x4b02, 0xf000, 0xf8fe, 0x4798, 0x0000, 0x0000, 0x2345, 0x0801},
	         3,
	         CALLS | UNKNOWN,
	         0},
	        {"bl; push {r4, lr}: another function",
	         m3,
	         {0xf000, 0xf8fe, 0xb510},
	         2,
	         NO_CODE,
	         0},
	        {"bl; push.w {r4, r8, lr}", m3, {0xf000, 0xf8fe, 0xe92d, 0x4110}, 2, NO_CODE, 0},
	        {"cbz; push {r4, lr}: the same", m3, {0xb1c0, 0xb510}, 2, FALLS, 0},
	        {"udf", m3, {0xde00}, 1, NO_CODE, 0},
	        {"cpsid f", m3, {0xb671}, 1, MASKS, 0},
	        {"cpsid if", m3, {0xb673}, 1, MASKS, 0},
	        {"cpsid i", m3, {0xb672}, 1, FALLS, 0},
	        {"cpsie f", m3, {0xb661}, 1, UNMASKS, 0},
	        {"movs r2, #1; msr faultmask, r2", m3, {0x2201, 0xf382, 0x8813}, 2, MASKS, 0},
	        {"movs r2, #0; msr faultmask, r2", m3, {0x2200, 0xf382, 0x8813}, 2, UNMASKS, 0},
	        {"msr faultmask, r2: as it was", m3, {0xf382, 0x8813}, 1, UNMASKS, 0},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		onward_check(&cases[i]);
	return check_end("where Thumb code goes");
}
