/* SPDX-License-Identifier: MIT */
/*
 * trapline add POINT…: probes that outlive the session, on the target until they are deleted. What
 * their hits bring is said when they are added. The target keeps that, for whoever comes to watch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/points.h"
#include "error.h"
#include "expr/fetch.h"
#include "frame.h"
#include "program/spec.h"
#include "record.h"
#include "session/added.h"
#include "session/attach.h"
#include "session/fields.h"
#include "session/flash.h"
#include "session/images.h"
#include "session/stacks.h"
#include "session/target.h"
#include "session/windows.h"

/* What it is to be called, where that is not its place. */
static int keep_name(struct attached *a, const struct point *p, unsigned id)
{
	unsigned kept, length = (unsigned)strlen(p->name);
	int result;

	if (!p->named)
		return DONE;
	result = target_set_name(&a->session, id, p->name, &kept);
	if (result == SESSION_LOST)
		return target_report(&a->session, result, p->name);
	if (!kept)
		note("the target keeps no names: probe %u is listed by its place", id);
	else if (kept < length)
		note("the target keeps %u bytes of a name: probe %u is '%.*s'", kept, id, (int)kept,
		     p->name);
	return DONE;
}

/* What a hit of it brings. */
struct brings {
	struct types *types;
	struct fields *fields;
	struct fetch *fetch; /* NULL: registers, or nothing */
};

/* Is there one to be, for more than registers? */
static bool wants_program(const struct options *o, const struct point *p)
{
	return p->nargs || p->condition ||
	       (!o->count && (p->watch || o->nio || (o->stack && p->mask)));
}

/* Of data that is watched the value is shown without being asked for. */
static int make_program(struct attached *a, const struct options *o, const struct point *p,
                        struct brings *b)
{
	const struct target *t = &a->session.target;
	struct fields_source from = {.elf = a->elf,
	                             .isa = t->isa,
	                             .fetch = t->features & TL_FEATURE_FETCH,
	                             .counts = o->count,
	                             .stack = o->stack,
	                             .kept = true};
	struct point at = *p;
	int status;

	*b = (struct brings){0};
	if (!wants_program(o, p))
		return DONE;
	if (p->watch) /* who it was */
		at.mask |= (uintptr_t)1 << t->isa->pc;
	if (a->elf)
		b->types = types_open(a->elf->lines, t->isa->word);
	from.types = b->types;
	status = fields_make(&at, &from, &b->fields, &b->fetch);
	if (!status && p->nargs && !b->fetch)
		note("%s: the target keeps no ARGs: who watches it sees registers", p->name);
	return status;
}

static void free_program(struct brings *b)
{
	fetch_free(b->fetch);
	fields_free(b->fields);
	types_close(b->types);
}

/* What it is to do besides, before it is enabled. */
static int equip(struct attached *a, const struct options *o, const struct point *p, unsigned id,
                 const struct fetch *fetch)
{
	char *text = fetch ? added_text(p, a->session.target.isa, o) : NULL;
	int result = fetch ? target_fetch(&a->session, id, fetch, text) : 0;

	free(text);
	if ((result == E_NO_PROGRAM || result == TL_EINVAL) && p->watch && !p->nargs &&
	    !p->condition)
		result = 0; /* nobody has asked for its value; older agents keep no text */
	if (!result && o->stack)
		result = target_stack(&a->session, id, o->stack);
	return result ? result
	              : target_of_watch(kind_of_point(p), target_enable(&a->session, id, true));
}

/* It is there, and does nothing. */
static void undo(struct attached *a, const struct point *p, unsigned id, int result)
{
	bool restored;

	if (result == SESSION_LOST || target_delete(&a->session, id, &restored))
		note("probe %u (%s) may have stayed: trapline del %u", id, p->name, id);
}

static int add_one(struct attached *a, const struct options *o, const struct point *p, unsigned id,
                   const struct fetch *fetch, bool fixed)
{
	uintptr_t pc = (uintptr_t)1 << a->session.target.isa->pc;
	bool bare = !fetch && !o->stack;
	struct remote_probe probe = {.id = id,
	                             .addr = p->addr,
	                             .kind = (o->count ? KIND_COUNT : KIND_SNAPSHOT) |
	                                     kind_of_point(p),
	                             .mask = o->stack              ? 0
	                                     : p->mask && p->watch ? p->mask | pc
	                                                           : p->mask,
	                             .every = p->every,
	                             .limit = p->limit,
	                             .maxactive = p->watch ? (unsigned)p->bytes : p->maxactive,
	                             .stay = true,
	                             .enabled = bare,
	                             .fixed = fixed,
	                             .flash = o->flash && !p->watch};
	unsigned length, points;
	int result = target_add(&a->session, a->elf, &probe, &length, &points);

	if (!result && !bare) {
		result = equip(a, o, p, id, fetch);
		if (result)
			undo(a, p, id, result);
	}
	if (result)
		return target_report(&a->session, result, p->name);
	printf("probe  %u %s  0x%08llx   %s", id, p->name,
	       (unsigned long long)elf_linked(a->elf, p->addr),
	       step_name(o->flash ? probe.step & ~(unsigned)STEP_PENDING : probe.step));
	if (p->watch)
		printf(" of %u bytes\n", length);
	else
		printf(", %u of %u points\n", points, a->session.target.points);
	return keep_name(a, p, id);
}

/* Any: what it records, and then it. */
static int make_and_add(struct attached *a, const struct options *o, const struct point *p,
                        unsigned id)
{
	struct brings b;
	int status = make_program(a, o, p, &b);
	bool fixed;

	if (!status)
		status = images_allow(a->elf, p->name, b.fetch, &fixed);
	if (!status)
		status = add_one(a, o, p, id, b.fetch, fixed);
	free_program(&b);
	return status;
}

/* Is its page written? */
static bool is_in_flash(struct attached *a, unsigned id)
{
	struct remote_probe p;

	return !target_next(&a->session, NULL, id - 1, &p) && p.id == id &&
	       !(p.step & STEP_PENDING);
}

/* The first n were added: their pages are written, whatever became of the others. Those that could
 * not be go again. */
static int into_flash(struct attached *a, const struct points *points, const uint8_t *ids, size_t n,
                      int status)
{
	int written = flash_write_or_say(&a->session, true);
	bool restored;

	for (size_t i = 0; i < n && written == REFUSED; i++)
		if (!is_in_flash(a, ids[i]) && !target_delete(&a->session, ids[i], &restored))
			note("probe  %u %s  deleted", ids[i], points->at[i].name);
	return written ? written : status;
}

/* What is asked for can be had. */
static int may_add(struct attached *a, const struct options *o, const struct points *points)
{
	bool reads = o->stack != 0;
	int status = o->count ? fields_none(points, true) : DONE;

	if (!status && o->stack && o->count) {
		fail(USAGE, "--count records nothing, and so no stacks");
		hint("leave out one of --count and --stack; a setting goes by --stack=no");
		status = USAGE;
	}
	if (!status && o->flash)
		status = flash_may(&a->session);
	if (!status && o->stack)
		status = stacks_may(a);
	for (size_t i = 0; i < points->n; i++)
		reads |= wants_program(o, &points->at[i]);
	if (!status && reads && a->elf && a->session.target.features & TL_FEATURE_FETCH)
		status = windows_open(a, o);
	return status;
}

static int add(struct attached *a, const struct options *o, const struct points *points)
{
	struct added added;
	bool taken[TL_PROBE_MAX + 1] = {true};
	uint8_t ids[TL_PROBE_MAX + 1];
	size_t n = 0;
	unsigned id = 0;
	int status = may_add(a, o, points);

	if (status)
		return status;
	status = added_read(&a->session, a->elf, &added);
	for (size_t i = 0; i < added.n; i++)
		taken[added.at[i].remote.id] = true;
	added_free(&added);
	for (size_t i = 0; i < points->n && !status; i++) {
		while (id <= TL_PROBE_MAX && taken[id])
			id++;
		if (id > TL_PROBE_MAX)
			return target_report(&a->session, TL_EFULL, points->at[i].name);
		ids[i] = (uint8_t)id;
		status = make_and_add(a, o, &points->at[i], id++);
		n += !status;
	}
	return o->flash && n ? into_flash(a, points, ids, n, status) : status;
}

int cmd_add(const struct options *o, int argc, char **argv)
{
	return on_points(o->count ? COUNT_HITS : KEEP_HITS, o, argc, argv, add);
}
