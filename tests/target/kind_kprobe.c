/* SPDX-License-Identifier: MIT */
/*
 * A kprobe: handlers before and behind an instruction, which see and change registers.
 */
#include "check.h"
#include "kinds.h"

struct totals {
	unsigned before, behind;
	uintptr_t arguments;
};

static int before(struct tl_kprobe *kp, struct tl_regs *regs)
{
	struct totals *t = kp->data;

	t->before++;
	t->arguments += tl_regs_arg(regs, 0) + tl_regs_arg(regs, 1);
	return 0; /* nonzero: the registers are set, and the instruction is not to run */
}

static void behind(struct tl_kprobe *kp, struct tl_regs *regs)
{
	struct totals *t = kp->data;

	t->behind++;
	tl_regs_set(regs, check_arch.ret, tl_regs_get(regs, check_arch.ret) + 100);
}

void kind_kprobe(void)
{
	static struct totals totals;
	static struct tl_kprobe kp = TL_KPROBE(.symbol = "code_add", .data = &totals,
	                                       .pre_handler = before, .post_handler = behind);

	check(!tl_register_kprobe(&kp), "kprobe: by its symbol");
	check(code_add(2, 3) == 105, "kprobe: a handler changes a register");
	check(totals.before == 1 && totals.behind == 1 && totals.arguments == 5,
	      "kprobe: handlers share data");
	check(!tl_disable_kprobe(&kp) && code_add(2, 3) == 5, "kprobe: disabled");
	check(!tl_enable_kprobe(&kp) && code_add(2, 3) == 105, "kprobe: enabled");
	check(!tl_unregister_kprobe(&kp) && code_add(2, 3) == 5 && kp.hits == 2, "kprobe: gone");
}
