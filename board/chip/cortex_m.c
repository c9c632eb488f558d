/* SPDX-License-Identifier: MIT */
/*
 * Startup, vectors and NVIC: see cortex_m.h. The linker script gives the bounds.
 */
#include "cortex_m.h"
#include "board.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

enum { IRQS = 96, AIRCR_KEY = 0x05fa0000, AIRCR_SYSRESETREQ = 4, CPACR_FPU = 0x00f00000 };

#define NVIC_ISER(n) REG(0xe000e100u + 4 * (n))
#define AIRCR        REG(0xe000ed0cu)
#define CPACR        REG(0xe000ed88u)

extern uint32_t __stack_top[], __stack_limit[], __bss_start[], __bss_end[];
extern const uint32_t __text_load[], __data_load[];
extern uint32_t __text_start[], __text_end[], __data_start[], __data_end[];

int main(void);

void tl_cortex_m_enable(unsigned irq)
{
	NVIC_ISER(irq / 32) = 1u << irq % 32;
}

void tl_cortex_m_reset(void)
{
	AIRCR = AIRCR_KEY | AIRCR_SYSRESETREQ;
	for (;;)
		;
}

/* From where it was loaded to where it runs; text that runs in place stays there. */
static void copy(const uint32_t *from, uint32_t *to, const uint32_t *end)
{
	if (from == to)
		return;
	while (to < end)
		*to++ = *from++;
}

/* Not in tl_text: GDB has the functions that it calls return to the entry point, where it sets a
 * breakpoint. */
__attribute__((section(".boot"))) void Reset_Handler(void);
void Reset_Handler(void)
{
#ifdef __ARM_FP
	CPACR |= CPACR_FPU;
	__asm volatile("dsb\n\tisb");
#endif
#if __ARM_ARCH >= 8
	__asm volatile("msr msplim, %0" ::"r"(__stack_limit));
#endif
#if TL_FLASH
	tl_flash_recover(&tl_board_port); /* what runs below may be in a page that a loss of power
	                                     has cut short */
#endif
	copy(__text_load, __text_start, __text_end);
	copy(__data_load, __data_start, __data_end);
	__asm volatile("dsb\n\tisb");
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

static void irq_handler(void)
{
	uint32_t ipsr;

	__asm volatile("mrs %0, ipsr" : "=r"(ipsr));
	tl_board_irq((ipsr & 0x1ff) - 16);
}

/* The agent's: arch/thumb/vectors.S. */
void HardFault_Handler(void);
void MemManage_Handler(void);
void BusFault_Handler(void);
void UsageFault_Handler(void);
void DebugMon_Handler(void);

/* Firmware may have its own. */
#define WEAK __attribute__((weak, alias("default_handler")))
WEAK void NMI_Handler(void);
WEAK void SVC_Handler(void);
WEAK void PendSV_Handler(void);
WEAK void SysTick_Handler(void);

__attribute__((section(".vectors"), used)) static void (*const vectors[16 + IRQS])(void) = {
        (void (*)(void))__stack_top, Reset_Handler,      NMI_Handler,
        HardFault_Handler,           MemManage_Handler,  BusFault_Handler,
        UsageFault_Handler,          [11] = SVC_Handler, DebugMon_Handler,
        [14] = PendSV_Handler,       SysTick_Handler,    [16 ... 16 + IRQS - 1] = irq_handler,
};
