/* SPDX-License-Identifier: MIT */
/*
 * Windows of fetch programs: see windows.h.
 *
 * The ELF's sections tell where variables and constants are. Heap and stack have no section: they
 * lie behind the variables, up to the end of that memory, which is found by trying to read.
 */
#include "session/windows.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/say.h"
#include "error.h"
#include "session/added.h"
#include "session/target.h"

enum {
	PAGE = 4096,       /* sections nearer to each other are in one memory */
	MOST = 6,          /* windows that an agent has */
	FINEST = 64,       /* bytes that the end of memory is known by */
	COARSEST = 1 << 19 /* no memory is searched farther, by and large */
};

struct region {
	struct window at;
	bool writable;
	bool asked; /* for by --io */
};

struct map {
	struct region at[WINDOWS_MAX];
	size_t n;
};

static uint64_t end_of(const struct window *w)
{
	return w->base + w->size;
}

/* Sections side by side, in order of addresses. */
static void add_section(struct map *m, const struct elf_section *s)
{
	struct region *last = m->n ? &m->at[m->n - 1] : NULL;

	if (!s->size)
		return;
	if (last && s->addr < end_of(&last->at) + PAGE && last->writable == s->writable) {
		if (s->addr + s->size > end_of(&last->at))
			last->at.size = s->addr + s->size - last->at.base;
	} else if (m->n < WINDOWS_MAX - IO_MAX) {
		m->at[m->n++] = (struct region){.at = {s->addr, s->size}, .writable = s->writable};
	}
}

static bool readable(struct session *s, uint64_t addr)
{
	uint8_t byte;

	return target_read(s, addr, &byte, 1) == 0;
}

/* How far memory goes on from `end`, by steps that grow, then shrink. */
static uint64_t search_end(struct session *s, uint64_t end)
{
	uint64_t step = 1024;

	while (step < COARSEST && readable(s, end + step - 1)) {
		end += step;
		step *= 2;
	}
	for (; step >= FINEST; step /= 2)
		if (readable(s, end + step - 1))
			end += step;
	return end;
}

/* The last of the variables' memories that begins below an address. */
static struct region *memory_below(struct map *m, uint64_t addr)
{
	struct region *r = NULL;

	for (size_t i = 0; i < m->n; i++)
		if (m->at[i].writable && !m->at[i].asked && m->at[i].at.base <= addr)
			r = &m->at[i];
	return r;
}

/* What was asked for comes first, then what is written to, then what is larger: room is scarce. */
static int by_use(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	if (x->asked != y->asked)
		return x->asked ? -1 : 1;
	if (x->writable != y->writable)
		return x->writable ? -1 : 1;
	return x->at.size > y->at.size ? -1 : x->at.size < y->at.size;
}

/* As many as there is room for beside those of the port; without any, those come into force. */
static int set(struct session *s, struct map *m)
{
	size_t most = m->n < MOST ? m->n : MOST;
	int result;

	qsort(m->at, m->n, sizeof *m->at, by_use);
	do {
		struct window at[WINDOWS_MAX];
		size_t n = most;

		for (size_t i = 0; i < most; i++)
			at[i] = m->at[i].at;
		result = target_windows(s, at, &n);
	} while (result == TL_EFULL && most-- > 0);
	return result;
}

/* Did the target not take them, since one cannot be read, or there are too many? */
static bool refused(int result)
{
	return result == TL_EFAULT || result == TL_EFULL || result == TL_EINVAL;
}

/* Those that the target takes alone, and that its port has not told of already. */
static int sort_out(struct session *s, struct map *m)
{
	struct map kept = {0};
	int result = 0;

	for (size_t i = 0; i < m->n && !(result && !refused(result)); i++) {
		struct window at[WINDOWS_MAX] = {m->at[i].at};
		size_t n = 1;
		bool told = false;

		result = target_windows(s, at, &n);
		for (size_t k = 0; !result && k + 1 < n; k++)
			told |= at[k].base <= m->at[i].at.base &&
			        end_of(&m->at[i].at) <= end_of(&at[k]);
		if (!result && !told)
			kept.at[kept.n++] = m->at[i];
	}
	*m = kept;
	return refused(result) ? 0 : result;
}

/* The variables' memory up to its end, with the stack in it. */
static int stretch(struct session *s, struct map *m, uint64_t *sp, uint64_t *end)
{
	uintptr_t regs[64];
	uint64_t caller;
	int result = target_registers(s, regs, &caller);
	struct region *r;

	if (result)
		return result;
	*sp = regs[s->target.isa->sp];
	r = memory_below(m, *sp);
	*end = search_end(s, r && end_of(&r->at) > *sp ? end_of(&r->at) : *sp);
	if (r)
		r->at.size = *end - r->at.base;
	return 0;
}

/* All at once; if that cannot be, the stack by itself, and what the target takes of the rest. */
static int tell(struct session *s, struct map *m)
{
	struct map longer = *m;
	uint64_t sp = 0, end = 0;
	int result = stretch(s, &longer, &sp, &end);

	if (!result)
		result = set(s, &longer);
	if (!refused(result))
		return result;
	if (m->n < WINDOWS_MAX)
		m->at[m->n++] = (struct region){.at = {sp, end - sp}, .writable = true};
	for (size_t i = 0; i < longer.n && m->n < WINDOWS_MAX; i++)
		if (longer.at[i].writable)
			m->at[m->n++] = longer.at[i];
	result = sort_out(s, m);
	return result ? result : set(s, m);
}

/* ---- what was asked for ---- */

static void add_asked(void *ctx, uint64_t base, uint64_t size)
{
	struct map *m = ctx;

	for (size_t i = 0; i < m->n; i++)
		if (m->at[i].asked && m->at[i].at.base <= base &&
		    base + size <= end_of(&m->at[i].at))
			return;
	if (m->n < WINDOWS_MAX)
		m->at[m->n++] = (struct region){.at = {base, size}, .asked = true};
}

/* Sections of the ELF, and what --io has opened to probes that were added. */
static int plan(struct attached *a, struct map *m)
{
	*m = (struct map){0};
	for (size_t i = 0; i < a->elf->nsections; i++)
		if (!elf_is_absent(a->elf, a->elf->sections[i].addr))
			add_section(m, &a->elf->sections[i]);
	return added_io(&a->session, add_asked, m);
}

/* Is the whole of it in force? */
static int is_open(struct session *s, const struct window *w, bool *open)
{
	struct window at[WINDOWS_MAX];
	size_t n = 0;
	int result = target_windows(s, at, &n);

	*open = false;
	for (size_t i = 0; i < n && !result; i++)
		*open |= at[i].base <= w->base && end_of(w) <= end_of(&at[i]);
	return result;
}

/* Why the target does not take one: all is as it was before, then. 0 or an exit status after saying
 * so. */
static int look_at_io(struct attached *a, const struct options *o)
{
	struct session *s = &a->session;
	struct map m;

	for (unsigned i = 0; i < o->nio; i++) {
		struct window at[WINDOWS_MAX] = {{o->io[i].base, o->io[i].size}};
		size_t n = 1;
		char what[64];
		bool open;
		int result = is_open(s, at, &open), again;

		if (!result && open)
			continue;
		snprintf(what, sizeof what, "--io 0x%llx,0x%llx", (unsigned long long)o->io[i].base,
		         (unsigned long long)o->io[i].size);
		if (!result)
			result = target_windows(s, at, &n);
		again = result == SESSION_LOST ? result : plan(a, &m);
		if (!again)
			again = tell(s, &m);
		if (again == SESSION_LOST)
			result = again;
		return target_report(s, result ? result : TL_EFULL, what);
	}
	return DONE;
}

int windows_open(struct attached *a, const struct options *o)
{
	struct map m;
	int result = plan(a, &m);

	for (unsigned i = 0; i < o->nio; i++)
		add_asked(&m, o->io[i].base, o->io[i].size);
	if (!result)
		result = tell(&a->session, &m);
	if (!result)
		return look_at_io(a, o);
	return target_report(&a->session, result, "telling the target what programs may read");
}
