/* SPDX-License-Identifier: MIT */
/*
 * What boards with an AArch64 core share: startup from EL3, EL2 or EL1 down to EL1, a flat map of
 * memory, traps, tl_board_idle(), and tl_board_timer() by the generic timer. Follows the Arm
 * Architecture Reference Manual for A-profile, DDI 0487: D1, D8 (translation), D12 (generic timer).
 */
#ifndef TL_CHIP_AARCH64_H
#define TL_CHIP_AARCH64_H

#include <stdbool.h>
#include <stdint.h>

/* 1: the MMU is on: RAM is normal memory, all else is a device's, of which nothing runs. 0: all is
 * a device's, and everything must be aligned. */
#ifndef TL_A64_MMU
#define TL_A64_MMU 1
#endif

/* 1: jumps into the text must find landing pads, where the core knows them (BTI). */
#ifndef TL_A64_GUARDED
#define TL_A64_GUARDED 0
#endif

/* 1: pointers can be signed (PAC): the core must have that. */
#ifndef TL_A64_SIGNED
#define TL_A64_SIGNED 0
#endif

/* 1: nobody may write to the text. */
#ifndef TL_A64_READ_ONLY
#define TL_A64_READ_ONLY 0
#endif

/* What a trap saves, all that a function may change: aarch64_start.S has the same as numbers. FP
 * registers are below it. */
struct tl_a64_frame {
	uint64_t elr, spsr, esr, far;
	uint64_t vector; /* offset in the table */
	uint64_t x[19], x30;
	uint64_t pad;
};

/* The board's RAM, for the map; whole blocks of 2 MiB in the first 4 GiB. */
extern const struct tl_a64_ram {
	uintptr_t start, end;
} tl_a64_ram;

/* An interrupt. Those of the timers, 27 and 30 of a GIC, the board passes on. */
void tl_board_irq(void);
void tl_a64_on_timer(void);
/* Of the physical timer, which serves as one that software makes pending: firmware may have its own
 * function for it. */
void tl_a64_on_software(void);
void tl_a64_set_software(bool pending);

/*
 * Every other trap: exceptions, FIQ, SError. May change the frame. Stops here, unless firmware has
 * its own.
 */
void tl_a64_other(struct tl_a64_frame *frame);

/* Interrupts on. */
void tl_a64_start(void);

/* A free-running counter, and its rate in Hz. */
uint64_t tl_a64_time(void);
uint32_t tl_a64_hz(void);

/* The exception level that the core started in: 1 to 3. */
extern uint64_t tl_a64_entered;

#endif
