/* SPDX-License-Identifier: MIT */
/*
 * What boards with a RISC-V core share: startup, traps in machine mode or in supervisor mode,
 * tl_board_idle(), and tl_board_timer() by a timer of riscv_timer.h. Follows the RISC-V Instruction
 * Set Manual, volume II, 20211203: 3.1.5 (mhartid), 3.1.6, 3.1.9 (mie), 3.1.15 (mcause); 4.1.
 */
#ifndef TL_CHIP_RISCV_H
#define TL_CHIP_RISCV_H

#include <stdint.h>

/* What a trap saves, all that a function may change: riscv_start.S has the same as numbers. FP
 * registers are beside it. */
struct tl_riscv_frame {
	uintptr_t epc, status, cause, tval; /* CSRs of the mode, without the letter for it */
	uintptr_t ra, t0, t1, t2, a0, a1, a2, a3, a4, a5, a6, a7, t3, t4, t5, t6;
};

/* The board's external interrupt. */
void tl_board_irq(void);

/*
 * Every other trap but the timer's: exceptions, software interrupts. May change the frame. Stops
 * here, unless firmware has its own.
 */
void tl_riscv_other(struct tl_riscv_frame *frame);

/* Interrupts on, the external one included; `hz`: the rate of the timer. */
void tl_riscv_start(uint32_t hz);

#endif
