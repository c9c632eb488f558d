/* SPDX-License-Identifier: MIT */
/*
 * For test_guard.py, with tests/foreign's startup and linker script: NMI by a vector table of its
 * own, under a name that nobody knows; FAULTMASK.
 */
#include "trapline.h"

#define REG(addr) (*(volatile uint32_t *)(addr))
#define KEEP      __attribute__((noinline, noclone))

extern uint32_t _estack[];
void Reset_Handler(void), HardFault_Handler(void), MemManage_Handler(void), BusFault_Handler(void),
        UsageFault_Handler(void), DebugMon_Handler(void);

volatile uint32_t nmis, sink, turns, go;

static int uart_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	if (n < 1 || !(REG(0x40004004) & 2))
		return 0;
	buf[0] = (uint8_t)REG(0x40004000);
	return 1;
}

static int uart_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	if (n < 1 || REG(0x40004004) & 1)
		return 0;
	REG(0x40004000) = buf[0];
	return 1;
}

static uint32_t now(void *ctx)
{
	(void)ctx;
	return ~REG(0x40001004);
}

KEEP void note(uint32_t why)
{
	sink += why;
	nmis++;
}

KEEP void supply_failed(uint32_t why)
{
	sink ^= why;
	note(why); /* a tail call */
}

KEEP void on_supply(void)
{
	supply_failed(3);
	sink++;
}

KEEP void in_window(void)
{
	sink += 5;
}

KEEP void window(void)
{
	__asm volatile("cpsid f" ::: "memory");
	in_window();
	__asm volatile("cpsie f" ::: "memory");
	sink += 7;
	__asm volatile(".global behind_window\nbehind_window: nop");
	sink += 9;
}

KEEP void work(void)
{
	sink ^= turns;
	turns++;
}

__attribute__((section(".isr_vector.own"), used,
               aligned(256))) void (*const own_vectors[16])(void) = {
        (void (*)(void))_estack,
        Reset_Handler,
        on_supply,
        HardFault_Handler,
        MemManage_Handler,
        BusFault_Handler,
        UsageFault_Handler,
        0,
        0,
        0,
        0,
        0,
        DebugMon_Handler,
        0,
        0,
        0,
};

int main(void)
{
	static const struct tl_port port = {
	        .read = uart_read, .write = uart_write, .ticks = now, .tick_hz = 25000000};

	REG(0x40004010) = 217;
	REG(0x40004008) = 3;
	REG(0x40001008) = 0xffffffff;
	REG(0x40001000) = 1;
	tl_init(&port);
	REG(0xe000ed08) = (uint32_t)own_vectors;
	for (;;) {
		work();
		window();
		if (go) {
			go = 0;
			REG(0xe000ed04) = 1u << 31; /* NMI */
		}
		for (unsigned i = 0; i < 50; i++)
			tl_poll();
	}
}
