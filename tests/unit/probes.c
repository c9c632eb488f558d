/* SPDX-License-Identifier: MIT */
/*
 * Probes that write down what they saw: see probes.h.
 */
#include "probes.h"

#include <string.h>

char probes_log[4096];
static unsigned length;

void probes_mark(char c)
{
	CHECK(length < sizeof probes_log - 1);
	probes_log[length++] = c;
	probes_log[length] = 0;
}

void probes_clear(void)
{
	length = 0;
	probes_log[0] = 0;
}

static int on_pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	struct watched *w = (struct watched *)kp;
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	CHECK(!mock_cpu.in_trap);
	w->npre++;
	w->before = *m;
	probes_mark(w->mark);
	return w->pre ? w->pre(w, m) : 0;
}

static void on_post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	struct watched *w = (struct watched *)kp;
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	CHECK(!mock_cpu.in_trap);
	w->npost++;
	w->after = *m;
	probes_mark((char)(w->mark - 'a' + 'A'));
	if (w->post)
		w->post(w, m);
}

static int on_fault(struct tl_kprobe *kp, struct tl_regs *regs, unsigned cause)
{
	struct watched *w = (struct watched *)kp;
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	CHECK(!mock_cpu.in_trap);
	EQ(cause, TL_CAUSE_BUS);
	w->nfault++;
	w->before = *m;
	probes_mark(w->mark);
	probes_mark('!');
	return w->fault ? w->fault(w, m) : 0;
}

void watch_prepare(struct watched *w, uintptr_t addr, char mark, unsigned handlers)
{
	memset(w, 0, sizeof *w);
	w->kp.addr = addr;
	w->mark = mark;
	w->kp.pre_handler = handlers & PRE ? on_pre : NULL;
	w->kp.post_handler = handlers & POST ? on_post : NULL;
	w->kp.fault_handler = handlers & FAULT ? on_fault : NULL;
}

int watch(struct watched *w, uintptr_t addr, char mark, unsigned handlers)
{
	watch_prepare(w, addr, mark, handlers);
	return tl_register_kprobe(&w->kp);
}

void check_regs(const struct mock_regs *got, const struct mock_regs *want, unsigned but)
{
	for (unsigned i = 0; i < MOCK_NCORE; i++)
		if (!(but >> i & 1) && got->r[i] != want->r[i])
			unit_fail(__FILE__, __LINE__, "register %u is %#lx, not %#lx", i,
			          (unsigned long)got->r[i], (unsigned long)want->r[i]);
	EQ(got->exception, want->exception);
	EQ(got->process, want->process);
}

void nops_start(void)
{
	client_start();
	mock_org(MOCK_TEXT);
	for (unsigned i = 0; i < 16; i++)
		NOP();
	HALT();
}

bool nop_armed(unsigned n)
{
	return *(const uint8_t *)(MOCK_TEXT + 2 * n) == MOCK_BRK;
}
