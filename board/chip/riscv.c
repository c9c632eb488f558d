/* SPDX-License-Identifier: MIT */
/*
 * Startup, traps and the timer: see riscv.h. The linker script gives the bounds.
 */
#include "riscv.h"

#include "board.h"
#include "riscv_mode.h"
#include "riscv_timer.h"

#define INTERRUPT ((uintptr_t)1 << (8 * sizeof(uintptr_t) - 1))

extern uint32_t __bss_start[], __bss_end[];
extern const uint32_t __text_load[], __data_load[];
extern uint32_t __text_start[], __text_end[], __data_start[], __data_end[];

static uint32_t time_hz, period; /* period: ticks of the timer */
static uint64_t next;
static void (*timer_tick)(void);

int main(void);
void tl_riscv_c_start(void);
void tl_riscv_trap(struct tl_riscv_frame *frame);

/* From where it was loaded to where it runs; text that runs in place stays there. */
static void copy(const uint32_t *from, uint32_t *to, const uint32_t *end)
{
	if (from == to)
		return;
	while (to < end)
		*to++ = *from++;
}

void tl_riscv_c_start(void)
{
#if TL_FLASH
	tl_flash_recover(&tl_board_port);
#endif
	copy(__text_load, __text_start, __text_end);
	copy(__data_load, __data_start, __data_end);
	__asm volatile("fence.i");
	for (uint32_t *to = __bss_start; to < __bss_end;)
		*to++ = 0;
	main();
	for (;;)
		;
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	uintptr_t enable = 1 << TIMER_INTERRUPT;

	__asm volatile("csrc " CSR(XIE) ", %0" ::"r"(enable) : "memory");
	timer_tick = tick;
	period = time_hz / hz;
	next = tl_riscv_time() + period;
	tl_riscv_alarm(next);
	__asm volatile("csrs " CSR(XIE) ", %0" ::"r"(enable) : "memory");
}

/* Ticks that were not served in time are left out. */
static void on_timer(void)
{
	uint64_t now = tl_riscv_time();

	next += period;
	if (next <= now)
		next = now + period;
	tl_riscv_alarm(next);
	timer_tick();
}

void tl_riscv_trap(struct tl_riscv_frame *frame)
{
	if (frame->cause == (INTERRUPT | TIMER_INTERRUPT))
		on_timer();
	else if (frame->cause == (INTERRUPT | EXTERNAL_INTERRUPT))
		tl_board_irq();
	else
		tl_riscv_other(frame);
}

__attribute__((weak)) void tl_riscv_other(struct tl_riscv_frame *frame)
{
	(void)frame;
	for (;;)
		;
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_riscv_start(uint32_t hz)
{
	time_hz = hz;
	__asm volatile("csrs " CSR(XIE) ", %0" ::"r"((uintptr_t)1 << EXTERNAL_INTERRUPT)
	               : "memory");
	__asm volatile("csrsi " CSR(XSTATUS) ", %0" ::"i"(XSTATUS_IE) : "memory");
}
