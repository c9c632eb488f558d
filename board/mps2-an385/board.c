/* SPDX-License-Identifier: MIT */
/*
 * Arm MPS2 with the Cortex-M3 image AN385: vectors, clocks, UART0, timers. Follows Arm DAI 0385, sections 3 and 4.
 * UART0 is the line; timer 0 interrupts; timer 1 runs freely and gives the ticks.
 */
#include "board.h"

#include "cmsdk.h"

enum { SYSTEM_CLOCK = 25000000 };

enum irq { IRQ_UART0_RX = 0, IRQ_TIMER0 = 8, IRQS = 32 };

#define UART0     0x40004000u
#define REG(addr) (*(volatile uint32_t *)(addr))

#define NVIC_ISER REG(0xe000e100u)
#define AIRCR     REG(0xe000ed0cu)

enum { AIRCR_KEY = 0x05fa0000, AIRCR_SYSRESETREQ = 4 };

/* CMSDK timer: counts down, reloads, interrupts at 0 (DDI 0479, section 4.2). */
struct timer {
	volatile uint32_t ctrl, value, reload, intstatus;
};
#define TIMER0 ((struct timer *)0x40000000u)
#define TIMER1 ((struct timer *)0x40001000u)
enum { TIMER_ON = 1, TIMER_INTERRUPT = 8 };

extern uint32_t __stack_top[], __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
extern const char __build_id[];

int main(void);

static void (*timer_tick)(void);

/* ---- the port ---- */

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_cmsdk_write(UART0, buf, n);
}

static uint32_t port_ticks(void *ctx)
{
	(void)ctx;
	return ~TIMER1->value;
}

const struct tl_port tl_board_port = {
        .write = port_write,
        .ticks = port_ticks,
        .tick_hz = SYSTEM_CLOCK,
        .board = "mps2-an385",
        .build_id = __build_id,
};

static void uart0_rx(void)
{
	uint8_t byte;

	while (tl_cmsdk_read(UART0, &byte, 1))
		tl_rx(&byte, 1);
}

static void timer0(void)
{
	TIMER0->intstatus = 1;
	timer_tick();
}

/* ---- the contract ---- */

void tl_board_init(uint32_t baud)
{
	tl_cmsdk_init(UART0, SYSTEM_CLOCK, baud);
	TIMER1->reload = TIMER1->value = UINT32_MAX;
	TIMER1->ctrl = TIMER_ON;
	NVIC_ISER = 1u << IRQ_UART0_RX;
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	timer_tick = tick;
	TIMER0->reload = TIMER0->value = SYSTEM_CLOCK / hz - 1;
	TIMER0->ctrl = TIMER_ON | TIMER_INTERRUPT;
	NVIC_ISER = 1u << IRQ_TIMER0;
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_board_reset(void)
{
	AIRCR = AIRCR_KEY | AIRCR_SYSRESETREQ;
	for (;;)
		;
}

/* ---- startup ---- */

void Reset_Handler(void);
void Reset_Handler(void)
{
	const uint32_t *from = __data_load;

	for (uint32_t *to = __data_start; to < __data_end;)
		*to++ = *from++;
	for (uint32_t *to = __bss_start; to < __bss_end;)
		*to++ = 0;
	main();
	for (;;)
		;
}

static void default_handler(void)
{
	for (;;)
		;
}

/* The agent's: arch/thumb/vectors.S. */
void HardFault_Handler(void);
void MemManage_Handler(void);
void BusFault_Handler(void);
void UsageFault_Handler(void);
void DebugMon_Handler(void);

/* Firmware on this board may have its own. */
#define WEAK __attribute__((weak, alias("default_handler")))
WEAK void NMI_Handler(void);
WEAK void SVC_Handler(void);
WEAK void PendSV_Handler(void);
WEAK void SysTick_Handler(void);

__attribute__((section(".vectors"), used)) static void (*const vectors[16 + IRQS])(void) = {
        (void (*)(void))__stack_top, Reset_Handler,      NMI_Handler,
        HardFault_Handler,           MemManage_Handler,  BusFault_Handler,
        UsageFault_Handler,          [11] = SVC_Handler, DebugMon_Handler,
        [14] = PendSV_Handler,       SysTick_Handler,    [16 + IRQ_UART0_RX] = uart0_rx,
        [16 + IRQ_TIMER0] = timer0,
};
