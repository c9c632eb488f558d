/* SPDX-License-Identifier: MIT */
/*
 * A probe of an asynchronous function: one span from the first poll of a piece of work to that
 * which says that it is done.
 */
#include "check.h"
#include "kinds.h"

struct job {
	unsigned left;
};

static uint32_t polls;

__attribute__((noinline, noclone)) static int work(struct job *job)
{
	return --job->left == 0;
}

static bool says_so(const struct tl_regs *regs)
{
	return tl_regs_retval(regs, 0);
}

static void closed(struct tl_asyncprobe *ap, const struct tl_span *span, struct tl_regs *regs)
{
	(void)ap, (void)regs;
	polls = span->polls;
}

void kind_asyncprobe(void)
{
	static struct tl_span spans[4];
	static struct tl_asyncprobe ap =
	        TL_ASYNCPROBE(.addr = (uintptr_t)work, .spans = spans, .nspans = 4, .done = says_so,
	                      .on_close = closed);
	struct job job = {3};

	check(!tl_register_asyncprobe(&ap), "asyncprobe: of a function that is polled");
	while (!work(&job))
		;
	check(ap.nopened == 1 && ap.nclosed == 1 && polls == 3, "asyncprobe: three polls");
	check(!tl_unregister_asyncprobe(&ap), "asyncprobe: gone");
}
