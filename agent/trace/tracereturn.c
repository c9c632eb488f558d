/* SPDX-License-Identifier: MIT */
/*
 * Returns as trace frames. Where `monitor return N` has said so, each hit of tracepoint N that
 * collects, at the entry of a function, is followed by a frame of that call's return. It has the
 * same number, and the registers as the caller gets them, the value returned among them. It is
 * collected in the trampoline or in its trap (probe/returns.c), so memory is not read.
 */
#include "trace/trace.h"

TL_RAM(".bss");

#if TL_TRACE

static uint32_t wanted[2]; /* bit n % 32 of word n / 32: tracepoint n */

enum { NUMBERS = 32 * sizeof wanted / sizeof wanted[0] };

static int check(uintptr_t addr)
{
	struct tl_insn insn;

	return tl_probe_check(addr, true, &insn);
}

bool tl_trace_returns(const struct tl_tracepoint *tp)
{
	return tp->number < NUMBERS && wanted[tp->number / 32] >> tp->number % 32 & 1;
}

int tl_trace_returns_check(const struct tl_tracepoint *tp)
{
	return tl_trace_returns(tp) ? check(tp->addr) : 0;
}

int tl_trace_returns_want(unsigned number)
{
	int err = number && number < NUMBERS ? 0 : -TL_EINVAL;

	for (unsigned i = 0; !err && i < TL_TRACEPOINTS; i++)
		if (tl_tracepoints[i].number == number)
			err = check(tl_tracepoints[i].addr);
	if (!err)
		wanted[number / 32] |= 1u << number % 32;
	return err;
}

void tl_trace_returns_none(void)
{
	wanted[0] = wanted[1] = 0;
}

void tl_trace_return(struct tl_tracepoint *tp, const struct tl_regs *regs)
{
	if (!tl_trace.running)
		return;
	if (tl_traceframe_begin(tp->number, regs)) {
		tl_trace_settle(tp, TL_TRACE_FULL);
		return;
	}
	tp->usage += tl_traceframe_end();
	tl_trace_settle(tp, TL_TRACE_NOT_RUN);
}

#endif
