/* SPDX-License-Identifier: MIT */
/*
 * A kretprobe: a handler at a function's entry, and one at its return, with data that goes from
 * the one to the other.
 */
#include "check.h"
#include "kinds.h"

static struct {
	uintptr_t argument, result;
	unsigned returns;
} seen;

static int entered(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	in->data[0] = tl_regs_arg(regs, 0);
	return in->data[0] == 1; /* nonzero: this call's return is of no interest */
}

static int returned(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	seen.argument = in->data[0];
	seen.result = tl_regs_retval(regs, 0);
	seen.returns++;
	return 0;
}

void kind_kretprobe(void)
{
	static struct tl_kretprobe rp =
	        TL_KRETPROBE(.symbol = "code_sum", .entry_handler = entered, .handler = returned,
	                     .maxactive = 2, .data_size = sizeof(uintptr_t));

	check(!tl_register_kretprobe(&rp), "kretprobe: by its symbol");
	check(code_sum(10) == 55 && seen.argument == 10 && seen.result == 55,
	      "kretprobe: what went in, and what came out");
	code_sum(1);
	check(seen.returns == 1 && rp.kp.hits == 2, "kretprobe: a return that nobody asked for");
	check(!tl_unregister_kretprobe(&rp) && !rp.nmissed, "kretprobe: gone");
}
