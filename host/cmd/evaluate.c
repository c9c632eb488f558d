/* SPDX-License-Identifier: MIT */
/*
 * Expressions over a target's memory: see evaluate.h. Each object is read whole, by one command
 * where it fits a packet, so that its members are of one moment.
 */
#include "cmd/evaluate.h"

#include <string.h>

#include "base/say.h"
#include "session/target.h"

/* Without a target: what the ELF has there to begin with. */
static bool read_elf(void *ctx, uint64_t addr, void *to, size_t n)
{
	struct evaluator *v = ctx;
	const struct elf_section *s = elf_section_at(v->a->elf, addr);

	if (!s || n > s->size - (addr - s->addr))
		return false;
	if (s->bytes)
		memcpy(to, s->bytes + (addr - s->addr), n);
	else
		memset(to, 0, n);
	return true;
}

static bool read_target(void *ctx, uint64_t addr, void *to, size_t n)
{
	struct evaluator *v = ctx;
	int result;

	if (v->lost)
		return false;
	result = target_read(&v->a->session, addr, to, n);
	if (result == SESSION_LOST)
		v->lost = result;
	return result == 0;
}

void evaluator_open(struct evaluator *v, struct attached *a)
{
	const struct tl_isa *isa = a->online ? a->session.target.isa : a->elf->isa;

	*v = (struct evaluator){.a = a};
	v->scope = (struct scope){.elf = a->elf, .types = types_open(a->elf->lines, isa->word)};
	v->surroundings = (struct surroundings){.scope = &v->scope, .isa = isa};
	v->e = (struct evaluation){.isa = isa,
	                           .types = v->scope.types,
	                           .machine = {.read = a->online ? read_target : read_elf,
	                                       .ctx = v,
	                                       .word = isa->word}};
}

void evaluator_close(struct evaluator *v)
{
	arena_free(&v->e.arena);
	types_close(v->scope.types);
}

struct tree *evaluator_parse(struct evaluator *v, const char *text)
{
	struct tree *t = expr_make(text, &v->surroundings);

	if (t->root)
		return t;
	tree_say(t, SYMBOL);
	tree_free(t);
	return NULL;
}

int evaluator_value(struct evaluator *v, const struct tree *t, struct value *value)
{
	if (value_of(&v->e, t->root, value) && value_read(&v->e, value))
		return DONE;
	if (v->lost)
		return target_report(&v->a->session, v->lost, t->text);
	return fail(REFUSED, "'%s' has no value: %s", t->text, v->e.why);
}
