/* SPDX-License-Identifier: MIT */
/*
 * Runs GDB's agent expressions: a stack of 64-bit values, a budget of steps, and a world that gives
 * registers and memory.
 */
#include "expr/bytecode.h"

#if TL_BYTECODE

#include "expr/format.h"
#include "expr/tvar.h"
#include "expr/wide.h"

/* ---- instructions ---- */

enum { FLOAT = 15 }; /* in place of an operand */

static const struct {
	uint8_t operand : 4; /* its bytes + 1: so that 0 is no instruction */
	uint8_t pops : 2, pushes : 2;
} ops[] = {
#define TL_BYTECODE_OP(name, value, operand, pops, pushes) [value] = {operand + 1, pops, pushes},
#define TL_BYTECODE_FLOAT(name, value)                     [value] = {FLOAT, 0, 0},
#include "expr/bytecodes.def"
#undef TL_BYTECODE_FLOAT
#undef TL_BYTECODE_OP
};

int tl_bytecode_fetch(const struct tl_bytecode *code, unsigned at, unsigned height,
                      struct tl_bytecode_insn *insn)
{
	unsigned op, operand;

	if (at >= code->size)
		return -TL_ETRUNC;
	op = code->code[at++];
	operand = op < sizeof ops / sizeof *ops ? ops[op].operand : 0;
	if (!operand || operand == FLOAT)
		return operand ? -TL_EFLOAT : -TL_EOPCODE;
	if (--operand > code->size - at)
		return -TL_ETRUNC;
	insn->op = (uint8_t)op;
	insn->pops = ops[op].pops;
	insn->pushes = ops[op].pushes;
	insn->next = at + operand;
	insn->operand = 0;
	while (at < insn->next)
		insn->operand = insn->operand << 8 | code->code[at++];
	if (op == TL_OP_printf) {
		unsigned size = insn->operand & 0xffff;

		if (size > code->size - at)
			return -TL_ETRUNC;
		insn->next += size;
		insn->pops += (unsigned)insn->operand >> 16;
	} else if (op == TL_OP_pick) {
		insn->pops += (unsigned)insn->operand;
		insn->pushes += (unsigned)insn->operand;
	}
	return height < insn->pops || height - insn->pops + insn->pushes > TL_BYTECODE_STACK
	               ? -TL_ESTACK
	               : 0;
}

/* ---- what the world gives ---- */

int tl_bytecode_spend(struct tl_bytecode_machine *m)
{
	if (!m->steps)
		return -TL_ESTEPS;
	m->steps--;
	return 0;
}

int tl_bytecode_read(struct tl_bytecode_machine *m, uintptr_t addr, void *to, unsigned n)
{
	int error = m->world->read(addr, to, n);

	if (error)
		m->out->fault = addr;
	return error;
}

static int trace(struct tl_bytecode_machine *m, uintptr_t addr, uint64_t n)
{
	int error =
	        m->world->trace ? m->world->trace(m->world->ctx, addr, (uintptr_t)n) : -TL_ENOSUP;

	if (error == -TL_EFAULT)
		m->out->fault = addr;
	return error;
}

/* A string, its zero included, but no more than `most` bytes. */
static int trace_string(struct tl_bytecode_machine *m, uintptr_t addr, uint64_t most)
{
	uint64_t n = 0;
	uint8_t byte = 1;
	int error = 0;

	while (n < most && byte && !error) {
		error = tl_bytecode_spend(m);
		if (!error)
			error = tl_bytecode_read(m, addr + (uintptr_t)n++, &byte, 1);
	}
	return error ? error : trace(m, addr, n);
}

/* Its channel and function, which are on top, are of no use here: text goes where the world
   prints. */
static int print(struct tl_bytecode_machine *m, const struct tl_bytecode_insn *insn)
{
	struct tl_format format;
	int error = tl_format_of(m->code, insn, &format);

	if (!error && !m->world->print)
		error = -TL_ENOSUP;
	return error ? error : tl_format_print(m, &format, m->stack + m->height - 2);
}

static int reach(struct tl_bytecode_machine *m, const struct tl_bytecode_insn *insn, uint64_t a,
                 uint64_t b, uint64_t *r)
{
	unsigned operand = (unsigned)insn->operand;

	switch (insn->op) {
	case TL_OP_reg:
		return m->world->reg(m->world->ctx, operand, r);
	case TL_OP_ref8:
	case TL_OP_ref16:
	case TL_OP_ref32:
	case TL_OP_ref64:
		*r = 0;
		return tl_bytecode_read(m, (uintptr_t)b, r, 1u << (insn->op - TL_OP_ref8));
	case TL_OP_trace:
		return trace(m, (uintptr_t)a, b);
	case TL_OP_trace_quick:
	case TL_OP_trace16:
		return trace(m, (uintptr_t)b, operand);
	case TL_OP_tracenz:
		return trace_string(m, (uintptr_t)a, b);
	case TL_OP_getv:
		return tl_tvar_get(operand, r);
	case TL_OP_setv:
		return tl_tvar_set(operand, b);
	case TL_OP_tracev:
		return m->world->trace_tvar ? m->world->trace_tvar(m->world->ctx, operand)
		                            : -TL_ENOSUP;
	default: /* TL_OP_printf */
		return print(m, insn);
	}
}

/* ---- arithmetic ---- */

static int divide(unsigned op, uint64_t a, uint64_t b, uint64_t *r)
{
	bool with_sign = op == TL_OP_div_signed || op == TL_OP_rem_signed;
	uint64_t quotient, rest;

	if (!b)
		return -TL_EDIVIDE;
	quotient = with_sign ? tl_wide_div_signed(a, b, &rest) : tl_wide_div(a, b, &rest);
	*r = op == TL_OP_div_signed || op == TL_OP_div_unsigned ? quotient : rest;
	return 0;
}

/* Of the two values on top, b above a. False: not arithmetic. */
static bool compute(const struct tl_bytecode_insn *insn, uint64_t a, uint64_t b, uint64_t *r)
{
	switch (insn->op) {
	case TL_OP_add:
		*r = a + b;
		return true;
	case TL_OP_sub:
		*r = a - b;
		return true;
	case TL_OP_mul:
		*r = tl_wide_mul(a, b);
		return true;
	case TL_OP_lsh:
		*r = tl_wide_left(a, b);
		return true;
	case TL_OP_rsh_signed:
		*r = tl_wide_right_signed(a, b);
		return true;
	case TL_OP_rsh_unsigned:
		*r = tl_wide_right(a, b);
		return true;
	case TL_OP_log_not:
		*r = !b;
		return true;
	case TL_OP_bit_and:
		*r = a & b;
		return true;
	case TL_OP_bit_or:
		*r = a | b;
		return true;
	case TL_OP_bit_xor:
		*r = a ^ b;
		return true;
	case TL_OP_bit_not:
		*r = ~b;
		return true;
	case TL_OP_equal:
		*r = a == b;
		return true;
	case TL_OP_less_signed:
		*r = (int64_t)a < (int64_t)b;
		return true;
	case TL_OP_less_unsigned:
		*r = a < b;
		return true;
	case TL_OP_ext:
		*r = tl_wide_ext(b, (unsigned)insn->operand);
		return true;
	case TL_OP_zero_ext:
		*r = tl_wide_zero_ext(b, (unsigned)insn->operand);
		return true;
	default:
		return false;
	}
}

/* ---- the stack, and where to go on ---- */

/* `end` is behind the top. What becomes the top goes to *r. False: neither. */
static bool move(struct tl_bytecode_insn *insn, uint64_t *end, uint64_t *r)
{
	switch (insn->op) {
	case TL_OP_if_goto:
		if (!end[-1])
			return true;
		/* fall through */
	case TL_OP_goto:
		insn->next = (unsigned)insn->operand;
		return true;
	case TL_OP_const8:
	case TL_OP_const16:
	case TL_OP_const32:
	case TL_OP_const64:
		*r = insn->operand;
		return true;
	case TL_OP_dup:
	case TL_OP_pop:
		return true;
	case TL_OP_pick:
		*r = end[-(int)insn->pops];
		return true;
	case TL_OP_swap:
		*r = end[-2];
		end[-2] = end[-1];
		return true;
	case TL_OP_rot:
		*r = end[-2];
		end[-2] = end[-3];
		end[-3] = end[-1];
		return true;
	default:
		return false;
	}
}

static int step(struct tl_bytecode_machine *m, struct tl_bytecode_insn *insn)
{
	uint64_t *end = m->stack + m->height;
	uint64_t b = m->height > 0 ? end[-1] : 0, a = m->height > 1 ? end[-2] : 0, r = b;
	int error = 0;

	if (insn->op >= TL_OP_div_signed && insn->op <= TL_OP_rem_unsigned)
		error = divide(insn->op, a, b, &r);
	else if (!compute(insn, a, b, &r) && !move(insn, end, &r))
		error = reach(m, insn, a, b, &r);
	m->height += insn->pushes - insn->pops;
	if (insn->pushes)
		m->stack[m->height - 1] = r;
	return error;
}

int tl_bytecode_run(const struct tl_bytecode *code, const struct tl_world *world,
                    struct tl_bytecode_result *out)
{
	struct tl_bytecode_machine m;
	struct tl_bytecode_insn insn;
	int error;

	m.code = code;
	m.world = world;
	m.out = out;
	m.height = 0;
	m.steps = TL_BYTECODE_STEPS;
	out->value = out->fault = 0;
	for (insn.next = 0;;) {
		out->at = insn.next;
		error = tl_bytecode_spend(&m);
		if (!error)
			error = tl_bytecode_fetch(code, out->at, m.height, &insn);
		if (!error && insn.op == TL_OP_end) {
			out->value = m.height ? m.stack[m.height - 1] : 0;
			return 0;
		}
		if (!error)
			error = step(&m, &insn);
		if (error)
			return error;
	}
}

#endif
