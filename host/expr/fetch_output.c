/* SPDX-License-Identifier: MIT */
/*
 * What came back of a fetch program: the values of a hit, by what was captured of each node.
 */
#include "expr/fetch.h"

#include <string.h>

#include "base/util.h"
#include "expr/fetch_parts.h"
#include "expr/fetch_register.h"
#include "expr/scope.h"

static uint64_t number_at(const struct fetch_output *o, unsigned at)
{
	uint64_t v = 0;

	for (unsigned i = o->fetch->isa->word; i-- > 0;)
		v = v << 8 | o->bytes[at + i];
	return v;
}

void fetch_decode(const struct fetch *f, const uintptr_t *words, struct fetch_output *o)
{
	unsigned word = f->isa->word, at = word;

	*o = (struct fetch_output){.fetch = f, .status = words[0], .mask = f->registers};
	for (unsigned i = 0; i < fetch_words(f); i++)
		for (unsigned k = 0; k < word; k++)
			o->bytes[i * word + k] = (uint8_t)(words[i] >> 8 * k);
	for (unsigned i = 0; i < f->isa->ncore; i++)
		if (f->registers >> i & 1) {
			o->regs[i] = (uintptr_t)number_at(o, at);
			at += word;
		}
}

static const struct capture *captured(const struct fetch *f, const struct node *n,
                                      enum capture_kind kind)
{
	for (size_t i = 0; i < f->ncaptures; i++)
		if (f->captures[i].node == n && f->captures[i].kind == kind)
			return &f->captures[i];
	return NULL;
}

static bool readable(const struct fetch_output *o, const struct capture *c)
{
	return !(o->status >> c->field & 1);
}

/* What %fa0 and its like hold may be a float, whose upper half is all ones then: no double but for
 * what is no number. */
static void take_out_of_box(const struct fetch *f, const struct node *n, uint8_t *bytes)
{
	static const uint8_t box[4] = {0xff, 0xff, 0xff, 0xff};
	struct system_register sys;
	float single;
	double real;

	if (!node_system_register(f->isa, n, &sys) || !sys.is_any_float ||
	    memcmp(bytes + 4, box, sizeof box) != 0)
		return;
	memcpy(&single, bytes, sizeof single);
	real = (double)single;
	memcpy(bytes, &real, sizeof real);
}

bool fetch_known(const struct fetch_output *o, const struct node *n, struct arena *arena,
                 struct value *v)
{
	const struct capture *c = captured(o->fetch, n, CAPTURE_VALUE),
	                     *where = captured(o->fetch, n, CAPTURE_ADDRESS);
	const struct member *m =
	        n->kind == NODE_MEMBER ? &n->kid[0]->type->members[n->member] : NULL;
	uint8_t *bytes;

	if (!c)
		c = captured(o->fetch, n, CAPTURE_PARTS);
	if (!c && !where)
		return false;
	*v = (struct value){.type = n->type};
	if (where && readable(o, where)) {
		v->in_memory = true;
		v->addr = number_at(o, where->at);
	}
	if (c && readable(o, c)) {
		bytes = arena_take(arena, c->n);
		memcpy(bytes, o->bytes + c->at, c->n);
		take_out_of_box(o->fetch, n, bytes);
		v->bytes = bytes;
		v->n = c->n;
	}
	if (m) {
		v->bits = m->bits;
		v->shift = m->bits ? m->shift : 0;
	}
	return true;
}

/* The pointer that a text was captured by. */
static bool pointer_of(const struct fetch_output *o, const struct capture *c, uint64_t *addr)
{
	const struct capture *p = captured(o->fetch, c->node, CAPTURE_VALUE);
	unsigned reg;

	if (p && readable(o, p)) {
		*addr = number_at(o, p->at);
		return true;
	}
	if (p || !register_of(o->fetch->isa, c->node, &reg))
		return false;
	*addr = o->regs[reg];
	return true;
}

/* How much of a text is known where `at` bytes of it are passed over: all that was captured from
 * its own pointer on, filled up with NULs; for other pointers what is up to its end. */
static size_t known(const struct fetch_output *o, const struct capture *c, uint64_t at)
{
	const uint8_t *text = o->bytes + c->at;
	const uint8_t *end = at ? memchr(text, 0, c->n) : NULL;
	size_t n = end ? (size_t)(end - text) + 1 : c->n;

	return at < n ? n - at : 0;
}

bool fetch_read(const struct fetch_output *o, uint64_t addr, void *to, size_t n)
{
	for (size_t i = 0; i < o->fetch->ncaptures; i++) {
		const struct capture *c = &o->fetch->captures[i];
		uint64_t start;

		if (c->kind != CAPTURE_TEXT || !c->n || !readable(o, c) ||
		    !pointer_of(o, c, &start) || addr < start || n > known(o, c, addr - start))
			continue;
		memcpy(to, o->bytes + c->at + (addr - start), n);
		return true;
	}
	return false;
}

bool fetch_undecided(const struct fetch_output *o)
{
	return o->fetch->filters && o->status >> 31 & 1;
}
