/* SPDX-License-Identifier: MIT */
/*
 * Firmware that never heard of board/: a startup file as vendors ship it, with CMSIS names and weak
 * handlers.
 */
#include <stdint.h>

extern uint32_t _estack[], _sidata[], _sdata[], _edata[], _sbss[], _ebss[];

int main(void);
void Reset_Handler(void);

void Default_Handler(void);
void Default_Handler(void)
{
	for (;;)
		;
}

#define WEAK __attribute__((weak, alias("Default_Handler")))
WEAK void NMI_Handler(void);
WEAK void HardFault_Handler(void);
WEAK void MemManage_Handler(void);
WEAK void BusFault_Handler(void);
WEAK void UsageFault_Handler(void);
WEAK void SVC_Handler(void);
WEAK void DebugMon_Handler(void);
WEAK void PendSV_Handler(void);
WEAK void SysTick_Handler(void);

__attribute__((section(".isr_vector"), used)) void (*const g_pfnVectors[16])(void) = {
        (void (*)(void))_estack,
        Reset_Handler,
        NMI_Handler,
        HardFault_Handler,
        MemManage_Handler,
        BusFault_Handler,
        UsageFault_Handler,
        0,
        0,
        0,
        0,
        SVC_Handler,
        DebugMon_Handler,
        0,
        PendSV_Handler,
        SysTick_Handler,
};

void Reset_Handler(void)
{
	for (uint32_t *to = _sdata, *from = _sidata; to < _edata;)
		*to++ = *from++;
	for (uint32_t *to = _sbss; to < _ebss;)
		*to++ = 0;
	main();
	Default_Handler();
}
