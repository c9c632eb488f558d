/* SPDX-License-Identifier: MIT */
/*
 * Startup, traps and the timer: see aarch64.h. The linker script gives the bounds.
 */
#include "aarch64.h"

#include "board.h"

#define READ(name)                                                                                 \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm volatile("mrs %0, " #name : "=r"(value_));                                   \
		value_;                                                                            \
	})
#define WRITE(name, value)                                                                         \
	__asm volatile("msr " #name ", %0\n\tisb" ::"r"((uint64_t)(value)) : "memory")

extern uint64_t __bss_start[], __bss_end[];
extern const uint64_t __data_load[];
extern uint64_t __data_start[], __data_end[];

uint64_t tl_a64_entered;

static uint64_t next, period; /* of the timer, in ticks of the counter */
static void (*timer_tick)(void);

int main(void);
void tl_a64_c_start(uint64_t level);
void tl_a64_trap(struct tl_a64_frame *frame);

/* ---- startup ---- */

#if TL_A64_MMU
enum { ENTRIES = 512, GIB_SHIFT = 30, BLOCK_SHIFT = 21, PAGE_SHIFT = 12 };
enum { BLOCK = 1, TABLE = 3, PAGE = 3 };

extern const char __text_start[], __text_end[], __slots_start[], __slots_end[], end[];

static uint64_t level_1[ENTRIES] __attribute__((aligned(4096)));
static uint64_t level_2[4][ENTRIES] __attribute__((aligned(4096)));
static uint64_t level_3[ENTRIES] __attribute__((aligned(4096)));

static bool within(uint64_t addr, const char *start, const char *end)
{
	return addr - (uintptr_t)start < (uintptr_t)(end - start);
}

/*
 * Attributes of a block or page. MAIR_EL1 below: 0 a device's, 1 normal memory. What EL0 may write
 * EL1 cannot execute; so text and slots are for EL0 to execute alone, and the firmware's data to
 * read and write. All else of RAM is EL1's.
 */
static uint64_t attributes(uint64_t addr)
{
	enum {
		NORMAL = 1 << 2,
		EL0 = 1 << 6,
		READ_ONLY = 1 << 7,
		INNER_SHAREABLE = 3 << 8,
		ACCESSED = 1 << 10
	};
	const uint64_t never_executed = (uint64_t)3 << 53, guarded = (uint64_t)TL_A64_GUARDED << 50;
	const uint64_t ram = NORMAL | INNER_SHAREABLE | ACCESSED;

	if (addr < tl_a64_ram.start || addr >= tl_a64_ram.end)
		return ACCESSED | never_executed;
	if (within(addr, __text_start, __text_end))
		return ram | guarded | (TL_A64_READ_ONLY ? READ_ONLY : 0);
	if (within(addr, __slots_start, __slots_end))
		return ram;
	return within(addr, __text_end, end) ? ram | EL0 : ram;
}

/* The first 4 GiB as they are, in blocks of 2 MiB, and that of text and slots in pages; 4 KiB
 * granule, 39 bits of address. */
static void map(void)
{
	enum { T0SZ = 25, CACHED = 0x3500, NO_TTBR1 = 1 << 23 };
	enum { MMU = 1, DATA_CACHE = 4, FETCH_CACHE = 0x1000 };
	const uint64_t fine = (uintptr_t)__text_start >> BLOCK_SHIFT;

	for (uint64_t n = 0; n < 4 * ENTRIES; n++)
		level_2[n / ENTRIES][n % ENTRIES] =
		        n << BLOCK_SHIFT | BLOCK | attributes(n << BLOCK_SHIFT);
	for (uint64_t n = 0; n < ENTRIES; n++) {
		uint64_t addr = (fine << BLOCK_SHIFT) + (n << PAGE_SHIFT);

		level_3[n] = addr | PAGE | attributes(addr);
	}
	level_2[fine / ENTRIES][fine % ENTRIES] = (uintptr_t)level_3 | TABLE;
	for (uint64_t n = 0; n < 4; n++)
		level_1[n] = (uintptr_t)level_2[n] | TABLE;
	WRITE(mair_el1, 0xff00);
	WRITE(tcr_el1, T0SZ | CACHED | NO_TTBR1 | (uint64_t)1 << 32);
	WRITE(ttbr0_el1, (uintptr_t)level_1);
	__asm volatile("dsb sy\n\ttlbi vmalle1\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
	WRITE(sctlr_el1, READ(sctlr_el1) | MMU | DATA_CACHE | FETCH_CACHE);
}
#else
static void map(void)
{
}
#endif

/* Not a function of its own: it would return by an address that was not signed. */
__attribute__((always_inline)) static inline void sign(void)
{
#if TL_A64_SIGNED
	const uint64_t keys = (uint64_t)3 << 30; /* A and B */

	WRITE(S3_0_C2_C1_0, 0x0123456789abcdef); /* APIAKeyLo_EL1, …Hi…, APIBKey… */
	WRITE(S3_0_C2_C1_1, 0xfedcba9876543210);
	WRITE(S3_0_C2_C1_2, 0x0f1e2d3c4b5a6978);
	WRITE(S3_0_C2_C1_3, 0x8796a5b4c3d2e1f0);
	WRITE(sctlr_el1, READ(sctlr_el1) | keys);
#endif
}

void tl_a64_c_start(uint64_t level)
{
	const uint64_t *from = __data_load;

	for (uint64_t *to = __data_start; to < __data_end;)
		*to++ = *from++;
	for (uint64_t *to = __bss_start; to < __bss_end;)
		*to++ = 0;
	tl_a64_entered = level;
	map();
	sign();
	main();
	for (;;)
		;
}

void tl_a64_start(void)
{
	__asm volatile("msr daifclr, #2" ::: "memory");
}

/* ---- the timer, and the other one as an interrupt that software makes pending ---- */

uint64_t tl_a64_time(void)
{
	return READ(cntvct_el0);
}

uint32_t tl_a64_hz(void)
{
	return (uint32_t)READ(cntfrq_el0);
}

/* hz 0: no more. */
void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	WRITE(cntv_ctl_el0, 0);
	if (!hz)
		return;
	timer_tick = tick;
	period = tl_a64_hz() / hz;
	next = tl_a64_time() + period;
	WRITE(cntv_cval_el0, next);
	WRITE(cntv_ctl_el0, 1);
}

/* Ticks that were not served in time are left out. */
void tl_a64_on_timer(void)
{
	uint64_t now = tl_a64_time();

	next += period;
	if (next <= now)
		next = now + period;
	WRITE(cntv_cval_el0, next);
	timer_tick();
}

void tl_a64_set_software(bool pending)
{
	WRITE(cntp_cval_el0, 0);
	WRITE(cntp_ctl_el0, pending);
}

__attribute__((weak)) void tl_a64_on_software(void)
{
	tl_a64_set_software(false);
}

/* ---- traps ---- */

void tl_a64_trap(struct tl_a64_frame *frame)
{
	enum { KIND = 0x180, IRQ = 0x80 };

	if ((frame->vector & KIND) == IRQ)
		tl_board_irq();
	else
		tl_a64_other(frame);
}

__attribute__((weak)) void tl_a64_other(struct tl_a64_frame *frame)
{
	(void)frame;
	for (;;)
		;
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}
