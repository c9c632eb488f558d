/* SPDX-License-Identifier: MIT */
/*
 * Looks a fetch program through before a probe gets it, so that a trap need not: instructions and
 * operands, where jumps lead, where fields end, how much they put where. One walk from front to
 * back. Pure: any word, any number of registers.
 */
#include "expr/fetch.h"

#if TL_FETCH

static const uint8_t operands[] = {
#define TL_FETCH_OP(name, bytes, text) bytes,
#include "fetch.def"
#undef TL_FETCH_OP
};

struct walk {
	const uint8_t *code;
	unsigned at, end;     /* of the part */
	unsigned word, nregs; /* of the target */
	unsigned out;         /* bytes that are put */
	unsigned fields;
	int error;
	unsigned field_end, field_out; /* where the field is to end, in code and output */
};

/* Behind the instruction at `at`; more than `end`: it is none, or not complete. */
static unsigned behind(const struct walk *w, unsigned at)
{
	return at < w->end && w->code[at] < TL_FETCH_OPS ? at + 1 + operands[w->code[at]]
	                                                 : w->end + 1;
}

static bool makes_output(unsigned op)
{
	return op >= TL_FETCH_FIELD && op <= TL_FETCH_STRING;
}

/* Onto an instruction, with none in between that makes output. */
static bool jumps_well(const struct walk *w, unsigned from, unsigned distance)
{
	unsigned at = from;

	while (at < from + distance) {
		if (at >= w->end || w->code[at] == TL_FETCH_END || makes_output(w->code[at]))
			return false;
		at = behind(w, at);
	}
	return at == from + distance && at < w->end;
}

/* Those that only wider words have. */
static bool is_wide(unsigned op)
{
	return op == TL_FETCH_CONST8 || op == TL_FETCH_LOAD8 || op == TL_FETCH_ZEXT4 ||
	       op == TL_FETCH_SEXT4 || op == TL_FETCH_PUT8;
}

/* Puts `n` bytes, which go to a multiple of `align`. */
static bool puts_well(struct walk *w, unsigned n, unsigned align)
{
	bool fits = n && !(w->out & (align - 1)) && w->fields;

	w->out += n;
	return fits && w->out <= w->field_out;
}

/* The field that was under way is over: as it has said, in code and output? */
static bool field_is_over(const struct walk *w, unsigned at)
{
	return at == w->field_end && w->out == w->field_out;
}

static bool field_begins(struct walk *w, const uint8_t *operand)
{
	bool well = field_is_over(w, w->at) && w->fields < TL_FETCH_FIELDS;

	w->fields++;
	w->field_end = w->at + 1 + operands[TL_FETCH_FIELD] + operand[0];
	w->field_out = w->out + operand[1];
	return well;
}

static bool is_register(struct walk *w, const uint8_t *operand)
{
	bool is = operand[1] < tl_fetch_system_words(operand[0], w->word);

	if (!is)
		w->error = -TL_EREG;
	return is;
}

static bool is_well(struct walk *w, unsigned op, const uint8_t *operand, unsigned next)
{
	if (w->word < 8 && is_wide(op))
		return false;
	switch (op) {
	case TL_FETCH_REG:
	case TL_FETCH_INDEX:
		return operand[0] < w->nregs;
	case TL_FETCH_SYS:
		return is_register(w, operand);
	case TL_FETCH_JUMPZ:
	case TL_FETCH_JUMPNZ:
		return jumps_well(w, next, operand[0]);
	case TL_FETCH_FIELD:
		return field_begins(w, operand);
	case TL_FETCH_PUT1:
	case TL_FETCH_PUT2:
	case TL_FETCH_PUT4:
	case TL_FETCH_PUT8:
		return puts_well(w, 1u << (op - TL_FETCH_PUT1), 1u << (op - TL_FETCH_PUT1));
	case TL_FETCH_PAD:
	case TL_FETCH_BLOCK:
	case TL_FETCH_STRING:
		return puts_well(w, operand[0], 1);
	default:
		return op < TL_FETCH_KEEP || op > TL_FETCH_LEU || operand[0] < TL_FETCH_KEPT;
	}
}

/* A part up to its END: of a condition its last byte; what is behind the values is the host's. */
static bool part_is_well(struct walk *w, bool values)
{
	while (w->at < w->end) {
		unsigned next = behind(w, w->at), op;

		if (next > w->end)
			return false;
		op = w->code[w->at];
		if (op == TL_FETCH_END)
			return values ? field_is_over(w, w->at) : next == w->end;
		if (values ? !w->fields && op != TL_FETCH_FIELD : makes_output(op))
			return false;
		if (!is_well(w, op, w->code + w->at + 1, next))
			return false;
		w->at = next;
	}
	return false;
}

int tl_fetch_check(const uint8_t *program, unsigned n, unsigned word, unsigned nregs)
{
	struct walk w;
	unsigned words;

	if (!n || n - 1 < program[0])
		return -TL_EINVAL;
	w.code = program;
	w.word = word;
	w.nregs = nregs;
	w.fields = 0;
	w.error = -TL_EINVAL;
	w.at = 1;
	w.end = 1 + program[0];
	if (program[0] && !part_is_well(&w, false))
		return w.error;
	w.at = w.field_end = w.end;
	w.end = n;
	w.out = w.field_out = word;
	if (!part_is_well(&w, true))
		return w.error;
	words = (w.out + word - 1) >> (word < 8 ? 2 : 3);
	return words <= nregs ? (int)words : -TL_EINVAL;
}

struct tl_fetch_use tl_fetch_uses(const uint8_t *program, unsigned n, uintptr_t but)
{
	struct tl_fetch_use use = {false, false, false};

	for (unsigned at = 1; at < n; at += 1 + operands[program[at]]) {
		unsigned op = program[at];

		if (op == TL_FETCH_END && at > program[0])
			break;
		use.others |= (op == TL_FETCH_REG || op == TL_FETCH_INDEX) &&
		              !(but >> program[at + 1] & 1);
		use.system |= op == TL_FETCH_SYS;
		use.keeps |= op >= TL_FETCH_KEEP && op <= TL_FETCH_LEU;
	}
	return use;
}

#endif
