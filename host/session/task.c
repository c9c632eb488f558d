/* SPDX-License-Identifier: MIT */
/*
 * Kernels by their variables: see task.h. The first expression that the program has all names of
 * is taken; without debug information of the kernel there is none.
 */
#include "session/task.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static const char *const kernels[] = {
        "@pxCurrentTCB->pcTaskName", /* FreeRTOS */
        "@pxCurrentTCB",
        "@_kernel.cpus[0].current->name", /* Zephyr, with CONFIG_THREAD_NAME */
        "@_kernel.cpus[0].current",
        "@_tx_thread_current_ptr->tx_thread_name", /* ThreadX */
        "@sched_active_thread->name",              /* RIOT, where threads have names */
        "@sched_active_pid",
        "@ch0.rlist.current->name", /* ChibiOS */
        "@ch.rlist.current->name",
};

static const char *task(const struct surroundings *s)
{
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
		struct tree *t = expr_make(kernels[i], s);
		bool known = t->root;

		tree_free(t);
		if (known)
			return kernels[i];
	}
	return NULL;
}

/* The first one that is no part of a longer name or of a text. */
static const char *find(const char *text)
{
	static const char name[] = "$task";
	char quote = 0;

	for (const char *s = text; *s; s++)
		if (quote)
			quote = *s == quote ? 0 : quote;
		else if (strchr("\"'", *s))
			quote = *s;
		else if (strncmp(s, name, sizeof name - 1) == 0 &&
		         !isalnum((unsigned char)s[sizeof name - 1]) && s[sizeof name - 1] != '_')
			return s;
	return NULL;
}

char *task_expand(const char *text, const struct surroundings *s)
{
	const char *at = find(text), *is = at ? task(s) : NULL;
	char *all, *rest;

	if (!at)
		return copy_string(text);
	if (!is)
		return NULL;
	rest = task_expand(at + sizeof "$task" - 1, s);
	all = format_string("%.*s(%s)%s", (int)(at - text), text, is, rest);
	free(rest);
	return all;
}
