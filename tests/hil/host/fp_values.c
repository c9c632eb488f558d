/* SPDX-License-Identifier: MIT */
/*
 * For test_fp_values.py: functions that take and return floats, called over and over with values
 * that never change, by the main loop and by a timer's handler, which interrupts code whose own FP
 * registers are live. What a probe does to any of them would be seen in `wrong`. On a Cortex-M the
 * main loop is in turn on MSP and on PSP.
 *
 * With OUTSIDE the time may not be asked for in a trap, so that hits are served where C handlers
 * run; and one of these runs first, which uses the registers that parameters are in.
 */
#include <stddef.h>

#include "board.h"

#define KEEP __attribute__((noinline, noclone))

enum { TIMER_HZ = 500 };

struct point {
	float x, y;
};

volatile uint32_t rounds, ticks, wrong, sink;
volatile float noise = 1.5f;
volatile uintptr_t other_stack; /* the stack pointer that is not in use, in on_psp() */

KEEP float scale(float gain, double offset, int n, struct point p)
{
	sink += (uint32_t)n;
	return gain * 2 + (p.y < p.x) + (offset > 100);
}

KEEP double half(double whole)
{
	return whole / 2;
}

KEEP struct point turned(struct point p)
{
	return (struct point){-p.y, p.x};
}

/* Of the handler. */
KEEP float scale_there(float gain, double offset, int n)
{
	sink += (uint32_t)n;
	return gain + (offset > 100);
}

/* Of the handler as well, before that has used any FP register. */
KEEP void no_floats(int n)
{
	sink += (uint32_t)n;
}

KEEP void on_psp(int n)
{
	sink += (uint32_t)n;
}

static void tick(void)
{
	no_floats(3);
	if (++ticks & 1)
		wrong += scale_there(-8.5f, 0.1, 4) != -8.5f;
}

static void call_on_psp(void)
{
#ifdef __arm__
	static uint64_t room[128];

	__asm volatile("mrs r4, msp\n\t"
	               "str r4, %0\n\t"
	               "msr psp, %1\n\t"
	               "mrs r4, control\n\t"
	               "orr r4, #2\n\t"
	               "msr control, r4\n\t"
	               "isb\n\t"
	               "movs r0, #7\n\t"
	               "bl on_psp\n\t"
	               "mrs r4, control\n\t"
	               "bic r4, #2\n\t"
	               "msr control, r4\n\t"
	               "isb"
	               : "=m"(other_stack)
	               : "r"(room + 128)
	               : "r0", "r1", "r2", "r3", "r4", "r12", "lr", "cc", "memory");
#else
	on_psp(7);
#endif
}

/* Floats that live in registers over calls and interrupts. */
static uint32_t turns(void)
{
	float a = noise, b = a + 1, c = a * b, sum = 0;

	for (int i = 0; i < 40; i++) {
		sum += a * c - b;
		if (i % 20 == 0)
			sum += scale(0.75f, -0.1, 9, (struct point){4.5f, -2.25f}) +
			       (float)half(81.5);
	}
	return sum != 2 * 2.5f + 2 * 40.75f + 40 * (1.5f * 3.75f - 2.5f);
}

#ifdef OUTSIDE
static uint32_t (*volatile ask)(void *);

static uint32_t ticks_by_pointer(void *ctx)
{
	return ask(ctx);
}

KEEP float spoil(float gain, double offset, struct point p)
{
	return gain + (offset > 100) + p.x;
}

static int spoil_them(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	noise = noise + spoil(0, noise > 0 ? 0 : 1, (struct point){0, 0});
	return 0;
}

static struct tl_kprobe spoilers[] = {
        {.addr = (uintptr_t)scale, .pre_handler = spoil_them},
        {.addr = (uintptr_t)scale_there, .pre_handler = spoil_them},
};
#endif

int main(void)
{
	struct tl_port port = tl_board_port;

	port.memory = NULL; /* so the host has to tell what may be read */
	tl_board_init(115200);
#ifdef OUTSIDE
	ask = port.ticks;
	port.ticks = ticks_by_pointer;
#endif
	tl_init(&port);
#ifdef OUTSIDE
	for (unsigned i = 0; i < 2; i++)
		wrong += tl_register_kprobe(&spoilers[i]) != 0;
#endif
	tl_board_timer(TIMER_HZ, tick);
	for (;; rounds++) {
		struct point p = turned((struct point){noise, 2.5f});

		wrong += turns() + (p.x != -2.5f || p.y != 1.5f);
		call_on_psp();
		for (unsigned i = 0; i < 50; i++)
			tl_poll();
	}
}
