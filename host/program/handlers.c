/* SPDX-License-Identifier: MIT */
/*
 * Trap handlers, seen whole: see handlers.h.
 */
#include "program/handlers.h"

#include <stdlib.h>

#include "base/util.h"
#include "program/elf.h"
#include "program/walk.h"

struct handlers {
	const struct elf *elf;
	const struct elf_symbol **broken; /* by symbol: the handler that a probe anywhere in this
	                                     function breaks, NULL: none */
	/* what is marked, in that order: what it calls is, too, up to `done` */
	const struct elf_symbol **called;
	size_t ncalled, done;
};

struct handlers *handlers_open(const struct elf *elf)
{
	struct handlers *h = grow(NULL, 1, sizeof *h);

	*h = (struct handlers){.elf = elf};
	return h;
}

void handlers_close(struct handlers *h)
{
	if (h) {
		free(h->broken);
		free(h->called);
	}
	free(h);
}

/* The next instruction's part in this; false at the end of the function. */
static bool next_use(struct walk *w, struct tl_trap_use *use)
{
	const struct tl_isa *isa = w->elf->isa;
	struct tl_insn insn;

	while (walk_step(w)) {
		struct tl_text alone = {w->section->bytes + (w->addr - w->section->addr),
		                        (uintptr_t)w->addr, 0, w->len};

		if (w->data)
			continue;
		isa->decode(isa, &alone, &insn);
		*use = isa->trap_use(&insn);
		return true;
	}
	return false;
}

/* Does the function return from a trap, and by what that it never wrote? */
static bool is_handler(const struct elf *elf, const struct elf_symbol *func, uint8_t *unwritten)
{
	uint8_t needed = 0, written = 0;
	struct tl_trap_use use;
	bool returns = false;
	struct walk w;

	walk_function(&w, elf, func);
	while (next_use(&w, &use)) {
		written |= use.writes;
		if (use.returns)
			needed |= use.reads;
		returns |= use.returns;
	}
	*unwritten = needed & (uint8_t)~written;
	return returns;
}

/* In a handler: is state needed from here on before it is written? Text is taken in order, whatever
 * jumps in it. */
static bool is_needed(const struct elf *elf, const struct elf_symbol *func, uint64_t addr)
{
	struct tl_trap_use use;
	uint8_t written = 0;
	struct walk w;

	walk_function(&w, elf, func);
	w.addr = addr;
	while (next_use(&w, &use)) {
		if (use.reads & ~written)
			return true;
		if (use.returns)
			return false;
		written |= use.writes;
	}
	return true;
}

static void mark(struct handlers *h, const struct elf_symbol *func,
                 const struct elf_symbol *handler)
{
	const struct elf_symbol **broken = &h->broken[func - h->elf->symbols];

	if (*broken)
		return;
	*broken = handler;
	h->called[h->ncalled++] = func;
}

/* Marks what `func` calls or jumps to; of a handler that saves the state, only where it is
   needed. */
static void mark_called(struct handlers *h, const struct elf_symbol *func,
                        const struct elf_symbol *handler, bool everywhere)
{
	struct tl_trap_use use;
	struct walk w;

	walk_function(&w, h->elf, func);
	while (next_use(&w, &use)) {
		const struct elf_symbol *to =
		        use.goes ? elf_func_at(h->elf, w.addr + (uint64_t)(int64_t)use.goes) : NULL;

		if (to && to != func && (everywhere || is_needed(h->elf, func, w.addr)))
			mark(h, to, handler);
	}
}

static void mark_all_called(struct handlers *h)
{
	while (h->done < h->ncalled) {
		const struct elf_symbol *func = h->called[h->done++];

		mark_called(h, func, h->broken[func - h->elf->symbols], true);
	}
}

static void work_out(struct handlers *h)
{
	const struct elf *elf = h->elf;

	h->called = grow(NULL, elf->nsymbols + 1, sizeof *h->called);
	h->broken = calloc(elf->nsymbols + 1, sizeof *h->broken);
	for (size_t i = 0; h->broken && i < elf->nfuncs; i++) {
		const struct elf_symbol *func = elf_func_at(elf, elf->funcs[i]->addr);
		uint8_t unwritten;

		if (func != elf->funcs[i] || !is_handler(elf, func, &unwritten))
			continue;
		if (unwritten)
			mark(h, func, func);
		else
			mark_called(h, func, func, false);
		mark_all_called(h);
	}
}

const struct elf_symbol *handlers_broken(struct handlers *h, const struct elf_symbol *func,
                                         uint64_t addr)
{
	uint8_t unwritten;

	if (!h->elf->isa->trap_use)
		return NULL;
	if (!h->broken)
		work_out(h);
	if (h->broken && h->broken[func - h->elf->symbols])
		return h->broken[func - h->elf->symbols];
	return is_handler(h->elf, func, &unwritten) && is_needed(h->elf, func, addr) ? func : NULL;
}
