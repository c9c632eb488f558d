/* SPDX-License-Identifier: MIT */
/*
 * For test_guard.py: firmware whose clock runs code of its own, which the agent calls in traps.
 * With -DBY_POINTER some of that is only seen in a run. On RISC-V it owns its trap vector, too.
 */
#include "board.h"

volatile uint32_t turns, sink;

#define KEEP __attribute__((noinline, noclone))

#ifdef __riscv
#define COUNTER (*(volatile uint32_t *)0x0200bff8) /* mtime of the CLINT */
#define RATE    10000000
#define START() (void)0
__asm(".pushsection .text.vectors, \"ax\", @progbits; .balign 64; .global tl_vectors; .type "
      "tl_vectors, @function;"
      "tl_vectors: nop; j tl_trap_entry; .size tl_vectors, . - tl_vectors; .popsection");
#else
#define COUNTER (~*(volatile uint32_t *)0x40001004) /* timer 1 */
#define RATE    25000000
#define START()                                                                                    \
	(*(volatile uint32_t *)0x40001008 = 0xffffffff, *(volatile uint32_t *)0x40001000 = 1)
#endif

KEEP uint32_t counter(uint32_t n)
{
	uint32_t now = COUNTER;

	while (n--)
		sink += now;
	return COUNTER;
}

KEEP uint32_t tick_tail(uint32_t now)
{
	sink ^= now;
	return now;
}

KEEP uint32_t tick_other(uint32_t now)
{
	return now + sink;
}

#ifdef BY_POINTER
struct hal {
	uint32_t (*now)(uint32_t n);
};
static const struct hal hal = {counter};
static const struct hal *volatile at = &hal;
#define NOW(n) at->now(n)
#else
#define NOW(n) counter(n)
#endif

KEEP uint32_t ticks(void *ctx)
{
	(void)ctx;
	return tick_tail(NOW(2));
}

KEEP uint32_t work(uint32_t n)
{
	return n + turns++;
}

int main(void)
{
	struct tl_port port = tl_board_port;

	START();
	port.ticks = ticks;
	port.tick_hz = RATE;
	tl_board_init(115200);
	tl_init(&port);
	for (;;) {
		work(turns);
		tick_other(turns);
		for (unsigned i = 0; i < 50; i++)
			tl_poll();
	}
}
