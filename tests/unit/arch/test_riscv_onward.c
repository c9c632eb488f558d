/* SPDX-License-Identifier: MIT */
/*
 * RISC-V: where code goes. Encodings are what riscv64-unknown-elf-as makes of the text beside them.
 */
#include "isa_onward.h"
#include "riscv/riscv.h"

int main(void)
{
	const struct tl_isa *r32 = &riscv_rv32, *r64 = &riscv_rv64;
	const struct onward_case cases[] = {
	        {"jal ra", r64, {0xf0ef, 0xfcff}, 1, CALLS, 0xfce},
	        {"c.j", r64, {0xa831}, 1, ENDS, 0x101c},
	        {"c.beqz", r64, {0xcd0d}, 1, FALLS, 0x103a},
	        {"ret", r64, {0x8082}, 1, ENDS, 0},
	        {"jr t0: millicode's return", r64, {0x8282}, 1, ENDS, 0},
	        {"mret", r64, {0x0073, 0x3020}, 1, ENDS, 0},
	        {"jr a5", r64, {0x8782}, 1, ENDS | UNKNOWN, 0},
	        {"jalr a5", r32, {0x9782}, 1, CALLS | UNKNOWN, 0},
	        {"auipc ra; jalr ra: a call over any distance",
	         r64,
	         {0x1097, 0x0000, 0x80e7, 0x0100},
	         2,
	         CALLS,
	         0x2010},
	        {"auipc t1; jr: a tail call", r32, {0xf317, 0xffff, 0x0067, 0x0203}, 2, ENDS, 0x20},
	        {"lui a5; c.addi a5, -16; jalr a5",
	         r32,
	         {0x17b7, 0x8000, 0x17c1, 0x9782},
	         3,
	         CALLS,
	         (uintptr_t)(intptr_t)(int32_t)0x80000ff0},
	        {"lui a5; lw a5, 0(a0); jalr a5",
	         r64,
	         {0x17b7, 0x8000, 0x411c, 0x9782},
	         3,
	         CALLS | UNKNOWN,
	         0},
	        {"jal ra; c.addi sp, -16: another function",
	         r64,
	         {0xf0ef, 0xfcff, 0x1141},
	         2,
	         NO_CODE,
	         0},
	        {"jal ra; c.addi16sp sp, -64", r64, {0xf0ef, 0xfcff, 0x7139}, 2, NO_CODE, 0},
	        {"jal t0; c.addi sp, -16: -msave-restore",
	         r64,
	         {0x02ef, 0x1e80, 0x1141},
	         2,
	         FALLS,
	         0},
	        {"beqz; c.addi sp, -16", r64, {0xcd0d, 0x1141}, 2, FALLS, 0},
	        {"zeros", r64, {0x0000}, 1, NO_CODE, 0},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		onward_check(&cases[i]);
	return check_end("where RISC-V code goes");
}
