/* SPDX-License-Identifier: MIT */
/*
 * What boards with a RISC-V core share: startup, traps in machine mode, tl_board_idle(), and
 * tl_board_timer() by the CLINT. Follows the RISC-V Instruction Set Manual, volume II,
 * 20211203: 3.1.5 (mhartid), 3.1.6, 3.1.9 (mie), 3.1.15 (mcause), 3.2.1 (mtime); the SiFive E31
 * manual, chapter "CLINT".
 */
#ifndef TL_CHIP_RISCV_H
#define TL_CHIP_RISCV_H

#include <stdint.h>

/* What a trap saves, all that a function may change: riscv_start.S has the same as numbers. FP
 * registers are beside it. */
struct tl_riscv_frame {
	uintptr_t mepc, mstatus, mcause, mtval;
	uintptr_t ra, t0, t1, t2, a0, a1, a2, a3, a4, a5, a6, a7, t3, t4, t5, t6;
};

/* The board's external interrupt. */
void tl_board_irq(void);

/*
 * Every other trap but the timer's: exceptions, software interrupts. May change the frame. Stops
 * here, unless firmware has its own.
 */
void tl_riscv_other(struct tl_riscv_frame *frame);

/* Interrupts on, the external one included; `clint`: its registers; `hz`: the rate of mtime. */
void tl_riscv_start(uintptr_t clint, uint32_t hz);
uint32_t tl_riscv_ticks(void); /* mtime, its low word */

#endif
