/* SPDX-License-Identifier: MIT */
/*
 * A walk over the code that must not be probed: see danger.h. Places to go are a list that only
 * grows, each instruction is seen once: so there is no recursion, and an end.
 */
#include "program/danger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "error.h"
#include "program/elf.h"
#include "program/isas.h"
#include "program/lookup.h"
#include "program/pointers.h"
#include "program/walk.h"

/* Where it begins. `text` follows the name of the function there. */
struct root {
	unsigned error;
	const char *text;
	bool calls;   /* are followed */
	bool masked;  /* ends where traps are possible again */
	bool through; /* only what leads to the agent counts, and the function itself */
	bool reached; /* it does */
	bool ticks;   /* it is tl_port.ticks */
	bool open;    /* it goes on where only a run shows, or where the ELF has no code */
	bool own;     /* begins in the agent's section, as TL_NOPROBE has it */
	size_t first; /* its place */
};

/* A place to go to. */
struct place {
	uint64_t addr;
	const struct elf_symbol *func; /* around it, or NULL */
	size_t caller; /* the place in another function that it was come from; of a root its own
	                  index */
	size_t root;
};

struct danger {
	const struct elf *elf;
	struct root *roots;
	size_t nroots;
	struct place *places;
	size_t nplaces, done;
	uint32_t **seen; /* by section, then by address: place + 1 */
	bool told, ready, ticks;
};

struct danger *danger_open(const struct elf *elf)
{
	struct danger *d = grow(NULL, 1, sizeof *d);

	*d = (struct danger){.elf = elf};
	return d;
}

void danger_close(struct danger *d)
{
	if (!d)
		return;
	for (size_t i = 0; d->seen && i < d->elf->nsections; i++)
		free(d->seen[i]);
	free(d->seen);
	free(d->places);
	free(d->roots);
	free(d);
}

/* ---- the walk ---- */

static uint32_t *seen_at(struct danger *d, uint64_t addr)
{
	const struct elf_section *s = elf_section_at(d->elf, addr);
	size_t index = s ? (size_t)(s - d->elf->sections) : 0;

	if (!s || !s->code)
		return NULL;
	if (!d->seen)
		d->seen = calloc(d->elf->nsections, sizeof *d->seen);
	if (d->seen && !d->seen[index])
		d->seen[index] =
		        calloc(s->size / d->elf->isa->insn_align + 1, sizeof *d->seen[index]);
	return d->seen && d->seen[index]
	               ? &d->seen[index][(addr - s->addr) / d->elf->isa->insn_align]
	               : NULL;
}

static bool is_agents(const struct elf *elf, uint64_t addr)
{
	return addr >= elf->agent_start && addr < elf->agent_end;
}

static void go_to(struct danger *d, size_t root, size_t from, uint64_t addr)
{
	const struct elf_symbol *func;
	uint32_t *seen;

	if (d->elf->isa->word == 4)
		addr &= UINT32_MAX;
	func = elf_func_at(d->elf, addr);
	seen = seen_at(d, addr);
	if (is_agents(d->elf, addr) && !d->roots[root].own) {
		d->roots[root].reached = true;
		return;
	}
	if (!seen)
		d->roots[root].open = true;
	if (!seen || *seen)
		return;
	if (d->nplaces % 64 == 0)
		d->places = grow(d->places, d->nplaces + 64, sizeof *d->places);
	if (from < d->nplaces && d->places[from].func == func)
		from = d->places[from].caller;
	d->places[d->nplaces++] = (struct place){addr, func, from, root};
}

/* The instruction at an address; its length, 0: there is none. */
static unsigned flow_at(const struct elf *elf, uint64_t addr, struct tl_onward *flow)
{
	const struct elf_section *s = elf_section_at(elf, addr);
	struct tl_text text = {.addr = (uintptr_t)addr};
	uint64_t after;

	if (!s || !s->code || addr % elf->isa->insn_align || elf_is_data(elf, addr))
		return 0;
	after = s->size - (addr - s->addr);
	text.bytes = s->bytes + (addr - s->addr);
	text.after = after < elf->isa->insn_max ? (unsigned)after : elf->isa->insn_max;
	return elf->isa->onward(elf->isa, &text, elf_reader(elf), flow);
}

/* Behind a call that does not come back another function begins. */
static bool has_left(const struct danger *d, const struct place *p, uint64_t addr,
                     const struct tl_onward *flow)
{
	const struct elf_symbol *func = flow->calls && p->func ? elf_func_at(d->elf, addr) : NULL;

	return func && func->addr == addr && func != p->func;
}

static void walk(struct danger *d, size_t index)
{
	struct tl_onward flow = {0};
	uint64_t addr = d->places[index].addr;
	size_t root = d->places[index].root;
	uint32_t *seen;
	unsigned len;

	while ((seen = seen_at(d, addr)) && !*seen) {
		len = flow_at(d->elf, addr, &flow);
		if (!len) {
			d->roots[root].open = true;
			return;
		}
		if (d->roots[root].masked && flow.masks < 0)
			return;
		*seen = (uint32_t)index + 1;
		d->roots[root].open |= flow.unknown;
		if (flow.to && (d->roots[root].calls || !flow.calls))
			go_to(d, root, index, flow.to);
		addr += len;
		if (flow.ends || has_left(d, &d->places[index], addr, &flow))
			return;
	}
}

static void add_root(struct danger *d, struct root root, uint64_t addr)
{
	addr = isa_code_address(d->elf->isa, addr);
	root.own = is_agents(d->elf, addr);
	root.first = d->nplaces;
	d->roots = grow(d->roots, d->nroots + 1, sizeof *d->roots);
	d->roots[d->nroots++] = root;
	go_to(d, d->nroots - 1, root.first, addr);
	while (d->done < d->nplaces)
		walk(d, d->done++);
}

/* ---- roots ---- */

static bool is_handler(const struct elf *elf, uint64_t word)
{
	uint64_t addr = isa_code_address(elf->isa, word);
	const struct elf_section *s = elf_section_at(elf, addr);

	return word != addr && s && s->code;
}

/* Word 0 is no code and a multiple of 4, those behind it are: the shape of a vector table, where
 * one may lie. */
static bool is_table(const struct elf *elf, uint64_t addr, uint32_t words[4])
{
	enum { ALIGN = 128 };

	if (addr % ALIGN || elf_reader(elf)((uintptr_t)addr, words, 4 * sizeof *words))
		return false;
	return words[0] && words[0] % 4 == 0 && !is_handler(elf, words[0] | 1) &&
	       is_handler(elf, words[1]) && is_handler(elf, words[2]) && is_handler(elf, words[3]);
}

static void fatal(struct danger *d, unsigned n, uint64_t addr)
{
	static const char *const texts[] = {", the handler of NMI", ", the handler of HardFault"};

	/* What is in HardFault's place and goes on to the agent runs at every hit; nothing else of
	 * it does while probes are armed. */
	add_root(d, (struct root){.error = TL_EPRIO, .text = texts[n], .calls = true, .through = n},
	         addr);
}

/* Of every table in the ELF: there may be one of a bootloader, and one in RAM. */
static bool vectors(struct danger *d)
{
	const struct elf *elf = d->elf;
	bool any = false;
	uint32_t words[4];

	for (unsigned n = 0; n < 2; n++) {
		for (size_t i = 0; i < elf->nsections; i++)
			if (is_table(elf, elf->sections[i].addr, words)) {
				fatal(d, n, words[2 + n]);
				any = true;
			}
		for (size_t i = 0; i < elf->nsymbols; i++)
			if (!elf->symbols[i].func && is_table(elf, elf->symbols[i].addr, words)) {
				fatal(d, n, words[2 + n]);
				any = true;
			}
	}
	return any;
}

static void named(struct danger *d)
{
	for (const char *const *name = d->elf->isa->untrappable; *name; name++) {
		const struct elf_symbol *func = elf_find(d->elf, *name, NULL);

		if (func && func->func)
			add_root(
			        d,
			        (struct root){.error = TL_EPRIO,
			                      .text = ", a handler of NMI or HardFault by its name",
			                      .calls = true,
			                      .through = true},
			        func->addr);
	}
}

/* From where FAULTMASK is set. */
static void masks(struct danger *d)
{
	const struct elf *elf = d->elf;

	for (size_t i = 0; i < elf->nfuncs; i++) {
		struct tl_onward flow = {0};
		struct walk w;

		if (is_agents(elf, elf->funcs[i]->addr) ||
		    (i && elf->funcs[i - 1]->addr == elf->funcs[i]->addr))
			continue;
		walk_function(&w, elf, elf->funcs[i]);
		while (walk_step(&w))
			if (!w.data && flow_at(elf, w.addr, &flow) && flow.masks > 0)
				add_root(d,
				         (struct root){.error = TL_EPRIO,
				                       .text = ", which sets FAULTMASK",
				                       .calls = true,
				                       .masked = true},
				         w.addr + w.len);
	}
}

static void ticks(struct danger *d, uint64_t addr)
{
	d->ticks = true;
	add_root(d,
	         (struct root){.error = TL_ENOPROBE,
	                       .text = " (tl_port.ticks), which the agent calls in a trap",
	                       .ticks = true,
	                       .calls = true},
	         addr);
}

/* A struct tl_port in the ELF: where its `ticks` leads. */
static void found_port(void *ctx, uint64_t addr)
{
	struct danger *d = ctx;
	uint64_t value = 0;

	if (!elf_reader(d->elf)((uintptr_t)addr, &value, d->elf->isa->word) && value)
		ticks(d, value);
}

static void work_out(struct danger *d)
{
	d->ready = true;
	if (!d->elf->isa->onward)
		return;
	if (!d->told && elf_find(d->elf, "tl_init", NULL))
		pointers_find(d->elf->lines, "tl_port", "ticks", found_port, d);
	if (d->elf->isa->untrappable) {
		if (!vectors(d) && !d->told)
			named(d);
		masks(d);
	}
}

void danger_root(struct danger *d, unsigned n, uint64_t addr, unsigned error)
{
	d->told = true;
	if (!addr || !d->elf->isa->onward)
		return;
	if (!n)
		ticks(d, addr);
	else if (error == TL_EPRIO)
		fatal(d, n > 1, addr);
	else
		add_root(d,
		         (struct root){.error = error,
		                       .text = ", the firmware's own trap vector",
		                       .calls = false},
		         addr);
}

/* ---- questions ---- */

static bool counts(const struct danger *d, const struct place *p)
{
	const struct root *r = &d->roots[p->root];

	return !r->through || r->reached || p->func == d->places[r->first].func;
}

static const char *name_of(const struct danger *d, const struct place *p)
{
	return p->func ? elf_name(d->elf, p->func) : "code without a name";
}

__attribute__((format(printf, 3, 4))) static void append(char *to, size_t size, const char *format,
                                                         ...)
{
	size_t used = strlen(to);
	va_list args;

	va_start(args, format);
	vsnprintf(to + used, size - used, format, args);
	va_end(args);
}

/* The chain of callers, up to the root; of a long one, its ends. */
static void explain(const struct danger *d, const struct place *p, char *why, size_t size)
{
	enum { NAMED = 2 };
	const struct root *root = &d->roots[p->root];
	const struct place *first = &d->places[root->first];

	*why = 0;
	for (unsigned links = 0; p->func != first->func; p = &d->places[p->caller], links++) {
		if (d->places[p->caller].func == first->func)
			append(why, size, "called by ");
		else if (links < NAMED)
			append(why, size, "called by %s, ", name_of(d, &d->places[p->caller]));
		else {
			append(why, size, "… called by ");
			break;
		}
	}
	append(why, size, "%s%s", name_of(d, first), root->text);
}

unsigned danger_at(struct danger *d, uint64_t addr, char *why, size_t size)
{
	uint32_t *seen;

	if (!d->ready)
		work_out(d);
	seen = seen_at(d, addr);
	if (!seen || !*seen || !counts(d, &d->places[*seen - 1]))
		return TL_OK;
	explain(d, &d->places[*seen - 1], why, size);
	return d->roots[d->places[*seen - 1].root].error;
}

bool danger_knows_ticks(struct danger *d)
{
	if (!d->ready)
		work_out(d);
	return d->ticks;
}

bool danger_ticks_open(struct danger *d)
{
	bool open = !danger_knows_ticks(d);

	for (size_t i = 0; i < d->nroots; i++)
		open |= d->roots[i].ticks && d->roots[i].open;
	return open;
}
