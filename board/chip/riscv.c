/* SPDX-License-Identifier: MIT */
/*
 * Startup, traps and the timer: see riscv.h. The linker script gives the bounds.
 */
#include "riscv.h"

#include "board.h"

enum {
	MSTATUS_MIE = 8,
	MTI = 7, /* bits of mie, causes of interrupts */
	MEI = 11,
	CLINT_MTIMECMP = 0x4000,
	CLINT_MTIME = 0xbff8,
};

#define INTERRUPT ((uintptr_t)1 << (8 * sizeof(uintptr_t) - 1))

extern uint32_t __bss_start[], __bss_end[];
extern const uint32_t __text_load[], __data_load[];
extern uint32_t __text_start[], __text_end[], __data_start[], __data_end[];

static uintptr_t clint;
static uint32_t mtime_hz, period; /* period: ticks of mtime */
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

static volatile uint32_t *word(uintptr_t offset)
{
	return (volatile uint32_t *)(clint + offset);
}

uint32_t tl_riscv_ticks(void)
{
	return *word(CLINT_MTIME);
}

static uint64_t mtime(void)
{
	uint32_t high, low;

	do {
		high = *word(CLINT_MTIME + 4);
		low = *word(CLINT_MTIME);
	} while (high != *word(CLINT_MTIME + 4));
	return (uint64_t)high << 32 | low;
}

/* In an order in which no half of it is a time that has come. */
static void set_mtimecmp(uint64_t at)
{
	*word(CLINT_MTIMECMP + 4) = UINT32_MAX;
	*word(CLINT_MTIMECMP) = (uint32_t)at;
	*word(CLINT_MTIMECMP + 4) = (uint32_t)(at >> 32);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	uintptr_t mie = 1 << MTI;

	__asm volatile("csrc mie, %0" ::"r"(mie) : "memory");
	timer_tick = tick;
	period = mtime_hz / hz;
	next = mtime() + period;
	set_mtimecmp(next);
	__asm volatile("csrs mie, %0" ::"r"(mie) : "memory");
}

/* Ticks that were not served in time are left out. */
static void on_timer(void)
{
	uint64_t now = mtime();

	next += period;
	if (next <= now)
		next = now + period;
	set_mtimecmp(next);
	timer_tick();
}

void tl_riscv_trap(struct tl_riscv_frame *frame)
{
	if (frame->mcause == (INTERRUPT | MTI))
		on_timer();
	else if (frame->mcause == (INTERRUPT | MEI))
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

void tl_riscv_start(uintptr_t base, uint32_t hz)
{
	clint = base;
	mtime_hz = hz;
	__asm volatile("csrs mie, %0" ::"r"((uintptr_t)1 << MEI) : "memory");
	__asm volatile("csrsi mstatus, %0" ::"i"(MSTATUS_MIE) : "memory");
}
