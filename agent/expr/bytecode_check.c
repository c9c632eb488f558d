/* SPDX-License-Identifier: MIT */
/*
 * Looks an expression through before it is registered, so that none goes wrong in a trap that could
 * have been refused: the rules that GDB itself holds its expressions to. One walk from front to
 * back; a jump forward leaves the height of the stack where it leads to, and code behind a jump or
 * an end must have been led to.
 */
#include "expr/bytecode.h"

#if TL_BYTECODE

#include "expr/format.h"

/* Of an offset: the height of the stack there, or'ed AHEAD as long as only a jump has said so. */
enum { UNKNOWN = 0xff, AHEAD = 0x80 };

struct walk {
	const struct tl_bytecode *code;
	const struct tl_world *world;
	uint8_t known[TL_BYTECODE_SIZE];
};

_Static_assert(TL_BYTECODE_STACK < (UNKNOWN & ~AHEAD), "heights are kept in seven bits");

static int jump(struct walk *w, const struct tl_bytecode_insn *insn, unsigned height)
{
	unsigned to = (unsigned)insn->operand;

	if (to >= w->code->size)
		return -TL_EJUMP;
	if (w->known[to] != UNKNOWN)
		return (w->known[to] & ~AHEAD) == (int)height ? 0 : -TL_ESTACK;
	if (to < insn->next)
		return -TL_EJUMP; /* into the middle of what was passed */
	w->known[to] = (uint8_t)(AHEAD | height);
	return 0;
}

/* Is what it needs to be had in this world? */
static int needs(const struct walk *w, const struct tl_bytecode_insn *insn)
{
	struct tl_format format;
	int error;

	switch (insn->op) {
	case TL_OP_reg:
		return w->world->reg(w->world->ctx, (unsigned)insn->operand, 0);
	case TL_OP_trace:
	case TL_OP_trace_quick:
	case TL_OP_trace16:
	case TL_OP_tracenz:
		return w->world->trace ? 0 : -TL_ENOSUP;
	case TL_OP_tracev:
		return w->world->trace_tvar ? 0 : -TL_ENOSUP;
	case TL_OP_printf:
		error = w->world->print ? tl_format_of(w->code, insn, &format) : -TL_ENOSUP;
		return error ? error : tl_format_check(&format);
	default:
		return 0;
	}
}

/* Comes to the instruction at `at`, in order or, if not, by a jump: the height of the stack
   there. */
static int enter(const struct walk *w, unsigned at, bool in_order, unsigned *height)
{
	unsigned known = w->known[at];

	if (known == UNKNOWN)
		return in_order ? 0 : -TL_EJUMP;
	known &= ~(unsigned)AHEAD;
	if (in_order && known != *height)
		return -TL_ESTACK;
	*height = known;
	return 0;
}

static int pass(struct walk *w, unsigned at, unsigned *height, struct tl_bytecode_insn *insn)
{
	int error = tl_bytecode_fetch(w->code, at, *height, insn);

	if (error)
		return error;
	w->known[at] = (uint8_t)*height;
	while (++at < insn->next)
		if (w->known[at] != UNKNOWN)
			return -TL_EJUMP; /* some jump leads into the middle of it */
	*height += insn->pushes - insn->pops;
	error = needs(w, insn);
	if (!error && (insn->op == TL_OP_if_goto || insn->op == TL_OP_goto))
		error = jump(w, insn, *height);
	return error;
}

int tl_bytecode_check(const struct tl_bytecode *code, const struct tl_world *world, unsigned *at)
{
	struct tl_bytecode_insn insn;
	bool in_order = true;
	unsigned height = 0;
	struct walk w;

	*at = 0;
	insn.op = TL_OP_add; /* none yet */
	if (code->size > TL_BYTECODE_SIZE)
		return -TL_ETOOBIG;
	w.code = code;
	w.world = world;
	for (unsigned i = 0; i < code->size; i++)
		w.known[i] = UNKNOWN;
	while (*at < code->size) {
		int error = enter(&w, *at, in_order, &height);

		if (!error)
			error = pass(&w, *at, &height, &insn);
		if (error)
			return error;
		in_order = insn.op != TL_OP_goto && insn.op != TL_OP_end;
		*at = insn.next;
	}
	return insn.op == TL_OP_end ? 0 : -TL_ETRUNC;
}

#endif
