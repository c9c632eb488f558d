/* SPDX-License-Identifier: MIT */
/*
 * The timer of riscv_timer.h, for supervisor mode: read as a CSR, set by a call of the firmware
 * that runs below it. Follows the RISC-V Supervisor Binary Interface 1.0.0: 3 (binary encoding), 6
 * (timer extension); the RISC-V Instruction Set Manual, volume I, 20191213: 10.1 (time, timeh).
 */
#include "riscv_timer.h"

enum { TIME_EXTENSION = 0x54494d45, SET_TIMER = 0 };

#if __riscv_xlen == 64
uint64_t tl_riscv_time(void)
{
	uint64_t now;

	__asm volatile("rdtime %0" : "=r"(now));
	return now;
}
#else
uint64_t tl_riscv_time(void)
{
	uint32_t high, low, again;

	do {
		__asm volatile("rdtimeh %0\n\trdtime %1\n\trdtimeh %2"
		               : "=&r"(high), "=&r"(low), "=&r"(again));
	} while (high != again);
	return (uint64_t)high << 32 | low;
}
#endif

uint32_t tl_riscv_ticks(void)
{
	uintptr_t now;

	__asm volatile("rdtime %0" : "=r"(now));
	return (uint32_t)now;
}

void tl_riscv_alarm(uint64_t at)
{
	register uintptr_t a0 __asm("a0") = (uintptr_t)at;
	register uintptr_t a1 __asm("a1") = (uintptr_t)(at >> 32); /* on RV32 its upper half */
	register uintptr_t a6 __asm("a6") = SET_TIMER;
	register uintptr_t a7 __asm("a7") = TIME_EXTENSION;

	__asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}
