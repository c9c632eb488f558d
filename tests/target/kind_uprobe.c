/* SPDX-License-Identifier: MIT */
/*
 * A uprobe: a kprobe that fires in unprivileged code only, and there in one task.
 */
#include <stddef.h>

#include "check.h"
#include "kinds.h"

enum { WORKER = 7, OTHER = 8 };

static uintptr_t running;
static unsigned fired;

/* A kernel of one task, whichever that is. */
static uintptr_t id(unsigned n)
{
	return n ? 0 : running;
}

static uintptr_t current(void)
{
	return running;
}

static const struct tl_tasks tasks = {.id = id, .current = current};

static int before(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	fired++;
	return 0;
}

static bool is_unprivileged(void)
{
	static struct tl_uprobe up = TL_UPROBE(0, .symbol = "code_sum", .pre_handler = before);
	uintptr_t sum;

	check(!tl_register_uprobe(&up), "uprobe: of any task");
	code_sum(3);
	check(!fired && up.kp.hits == 1 && up.nfiltered == 1, "uprobe: not in privileged code");
	if (!run_as_task(code_sum, 3, &sum) || !fired)
		check(up.kp.hits == up.nfiltered, "uprobe: this core has no other");
	check(!tl_unregister_uprobe(&up), "uprobe: gone");
	return fired;
}

void kind_uprobe(void)
{
	static struct tl_uprobe up = TL_UPROBE(WORKER, .symbol = "code_sum", .pre_handler = before);
	uintptr_t sum = 0;
	bool users = is_unprivileged();

	tl_set_tasks(NULL);
	check(tl_register_uprobe(&up) == -TL_EINVAL, "uprobe: of a task, and there are none");
	tl_set_tasks(&tasks);
	fired = 0;
	check(!tl_register_uprobe(&up), "uprobe: of a task");
	running = OTHER;
	run_as_task(code_sum, 4, &sum);
	check(!fired && up.nfiltered == up.kp.hits, "uprobe: not in another");
	running = WORKER;
	run_as_task(code_sum, 4, &sum);
	check(fired == users && up.nfiltered + fired == up.kp.hits, "uprobe: in that one");
	check(!sum || sum == 10, "uprobe: with the right result");
	check(!tl_unregister_uprobe(&up), "uprobe: gone");
	tl_set_tasks(NULL);
}
