/* SPDX-License-Identifier: MIT */
/*
 * A watch: a handler behind each access to a variable, where the core has comparators of data.
 */
#include "check.h"
#include "kinds.h"

static volatile uint32_t level;
static uintptr_t was;

static void changed(struct tl_watch *w, struct tl_regs *regs, uintptr_t before)
{
	(void)w, (void)regs;
	was = before;
}

void kind_watch(void)
{
	static struct tl_watch w = TL_WATCH(level, .access = TL_WATCH_WRITE, .handler = changed);
	int err;

	level = 5;
	err = tl_register_watch(&w);
	if (err == -TL_ENOSUP) {
		check(true, "watch: this core has none");
		return;
	}
	check(!err, "watch: of writes");
	level = 6;
	check(w.hits == 1 && was == 5, "watch: what was there before");
	check(level == 6 && w.hits == 1, "watch: a read is no write");
	check(!tl_unregister_watch(&w), "watch: gone");
}
