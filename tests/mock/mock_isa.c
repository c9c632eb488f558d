/* SPDX-License-Identifier: MIT */
/*
 * mock64, the pure half: decode, slots, simulation.
 */
#include "mock_isa.h"

#include <string.h>

#include "error.h"

enum { WINDOW = 16 }; /* bytes that an exclusive window is looked for in */

static const struct tl_reg regs[] = {
        {"r0", 0, TL_REG_VALUE, 0},     {"r1", 1, TL_REG_VALUE, 1},
        {"r2", 2, TL_REG_VALUE, 2},     {"r3", 3, TL_REG_VALUE, 3},
        {"r4", 4, TL_REG_VALUE, 4},     {"r5", 5, TL_REG_VALUE, 5},
        {"r6", 6, TL_REG_VALUE, 6},     {"r7", 7, TL_REG_VALUE, 7},
        {"sp", 8, TL_REG_POINTER, 8},   {"lr", 9, TL_REG_POINTER, 9},
        {"pc", 10, TL_REG_POINTER, 10}, {"flags", 25, TL_REG_FLAGS, 11},
};

static const struct {
	uint8_t opcode, verdict, detail;
} ops[] = {
#define MOCK_OP(name, opcode, verdict, flags, text) {opcode, verdict, flags},
        MOCK_OPS
#undef MOCK_OP
};

static unsigned insn_len(const uint8_t *bytes, unsigned n)
{
	unsigned len = n && bytes[0] & 0x80 ? 4 : 2;

	return len <= n ? len : 0;
}

static int reject(struct tl_insn *insn, int error)
{
	insn->verdict = TL_REJECT;
	insn->op = (uint8_t)error;
	return -error;
}

/* Is there a load-exclusive before this instruction, with no store-exclusive since? */
static bool in_window(const struct tl_text *text)
{
	for (unsigned back = 2; back <= text->before && back <= WINDOW; back += 2) {
		uint8_t op = *(text->bytes - back);

		if (op == MOCK_LDX || op == MOCK_STX)
			return op == MOCK_LDX;
	}
	return false;
}

static int decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	unsigned len = insn_len(text->bytes, text->after);

	(void)isa;
	*insn = (struct tl_insn){.len = (uint8_t)len};
	if (!len)
		return reject(insn, TL_ETEXT);
	memcpy(&insn->bits, text->bytes, len);
	for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++) {
		if (ops[i].opcode != text->bytes[0])
			continue;
		if (ops[i].verdict == TL_REJECT)
			return reject(insn, ops[i].detail);
		if (text->bytes[1] >> 4 >= PC || (text->bytes[1] & 0xf) >= PC)
			return reject(insn, TL_EUNDEF);
		if (in_window(text))
			return reject(insn, TL_EEXCL);
		insn->verdict = ops[i].verdict;
		insn->flags = ops[i].detail;
		insn->op = ops[i].opcode;
		return 0;
	}
	return reject(insn, TL_EUNDEF);
}

static unsigned breakpoint(const struct tl_insn *insn, uint8_t *out)
{
	(void)insn;
	out[0] = MOCK_BRK;
	out[1] = MOCK_BRK_POINT;
	return 2;
}

/* [insn] jl literal, or [insn] brk; the literal is the slot's last word. */
static int slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                      uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	uintptr_t back = addr + insn->len;
	unsigned literal = isa->slot_size - (unsigned)sizeof back;
	bool fits = insn->op != MOCK_FAR && insn->op != MOCK_MASKF;

	(void)slot, (void)read;
	if (insn->verdict == TL_SIMULATE)
		return -TL_EINSN;
	if (!fits && insn->flags & TL_INSN_NO_TRAP)
		return -TL_EMASK;
	memcpy(out, &insn->bits, insn->len);
	if (!boosted || !fits) {
		out[insn->len] = MOCK_BRK;
		out[insn->len + 1] = MOCK_BRK_SLOT;
		return insn->len;
	}
	if (!(insn->flags & TL_INSN_LEAVES)) {
		const uint8_t jump[] = {MOCK_JL, 0, (uint8_t)(literal - insn->len), 0};

		memcpy(out + insn->len, jump, sizeof jump);
		memcpy(out + literal, &back, sizeof back);
	}
	return 0;
}

static bool jump(uintptr_t from, uintptr_t to, uint8_t *out)
{
	uintptr_t offset = to - from;
	const uint8_t code[TL_JUMP_LEN] = {MOCK_B, 0, (uint8_t)offset, (uint8_t)(offset >> 8)};

	if (offset + 0x8000 >= 0x10000)
		return false;
	memcpy(out, code, sizeof code);
	return true;
}

static bool skip(const struct tl_insn *insn, struct tl_regs *regs)
{
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	if (m->r[FLAGS] & MOCK_Z)
		return false;
	m->r[PC] += insn->len;
	return true;
}

static int load(uintptr_t addr, uintptr_t *to, tl_read_fn *read, struct tl_sim_fault *fault)
{
	int err = read(addr, to, sizeof *to);

	if (err)
		*fault = (struct tl_sim_fault){.addr = addr, .bytes = sizeof *to};
	return err;
}

static int simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                    struct tl_sim_fault *fault)
{
	struct mock_regs *m = (struct mock_regs *)(void *)regs;
	unsigned rd = insn->bits >> 12 & 0xf, rs = insn->bits >> 8 & 0xf;
	uintptr_t pc = m->r[PC], next = pc + insn->len,
	          imm = (uintptr_t)(intptr_t)(int16_t)(insn->bits >> 16), value = next;
	int err = 0;

	switch (insn->op) {
	case MOCK_RET:
		value = m->r[LR];
		break;
	case MOCK_JR:
		value = m->r[rs];
		break;
	case MOCK_CALLR:
		value = m->r[rs];
		m->r[LR] = next;
		break;
	case MOCK_POPRET:
		err = load(m->r[SP], &value, read, fault);
		m->r[SP] += err ? 0 : sizeof value;
		break;
	case MOCK_B:
		value = pc + imm;
		break;
	case MOCK_BZ:
		value = m->r[FLAGS] & MOCK_Z ? pc + imm : next;
		break;
	case MOCK_CALL:
		value = pc + imm;
		m->r[LR] = next;
		break;
	case MOCK_LDL:
		err = load(pc + imm, &m->r[rd], read, fault);
		break;
	case MOCK_JM:
		err = load(m->r[rs] + imm, &value, read, fault);
		break;
	case MOCK_JL:
		err = load(pc + imm, &value, read, fault);
		break;
	}
	if (!err)
		m->r[PC] = value;
	return err;
}

/* LR may be pushed and returned to; what reads it before that keeps it for something else. */
static int returns(const struct tl_isa *isa, const struct tl_text *text)
{
	unsigned len;

	(void)isa;
	for (unsigned at = 0; (len = insn_len(text->bytes + at, text->after - at)); at += len) {
		const uint8_t *code = text->bytes + at;
		unsigned rd = code[1] >> 4, rs = code[1] & 0xf;

		if ((code[0] == MOCK_PUSH && rd == LR) || code[0] == MOCK_RET ||
		    code[0] == MOCK_CALL || code[0] == MOCK_HALT)
			return 0;
		if ((code[0] == MOCK_MOV && rs == LR) || (code[0] == MOCK_ST && rd == LR))
			return -TL_ERETURN;
	}
	return 0;
}

/* JL is a jump by a literal, and so fixed; CALLR, JR and JM only a run shows. */
static unsigned onward(const struct tl_isa *isa, const struct tl_text *text, tl_read_fn *read,
                       struct tl_onward *to)
{
	unsigned len = insn_len(text->bytes, text->after);
	const uint8_t *code = text->bytes;
	uintptr_t there =
	        len == 4 ? text->addr + (uintptr_t)(intptr_t)(int16_t)(code[2] | code[3] << 8) : 0;
	struct tl_insn insn;

	tl_onward_next(to);
	if (!len || decode(isa, &(struct tl_text){code, text->addr, 0, len}, &insn) == -TL_EUNDEF)
		return 0;
	to->calls = code[0] == MOCK_CALL || code[0] == MOCK_CALLR;
	to->unknown = code[0] == MOCK_CALLR || code[0] == MOCK_JR || code[0] == MOCK_JM;
	to->ends = code[0] == MOCK_RET || code[0] == MOCK_POPRET || code[0] == MOCK_RETI ||
	           code[0] == MOCK_HALT || code[0] == MOCK_B || code[0] == MOCK_JR ||
	           code[0] == MOCK_JM || code[0] == MOCK_JL;
	to->masks = code[0] == MOCK_MASK || code[0] == MOCK_MASKF ? 1
	            : code[0] == MOCK_UNMASK                      ? -1
	                                                          : 0;
	if (code[0] == MOCK_B || code[0] == MOCK_BZ || code[0] == MOCK_CALL)
		to->to = there;
	if (code[0] == MOCK_JL && read(there, &to->to, sizeof to->to))
		to->to = 0;
	return len;
}

const struct tl_isa mock64 = {
        .name = "mock64",
        .word = sizeof(uintptr_t),
        .insn_align = 2,
        .insn_max = 4,
        .text_before = WINDOW,
        .text_after = WINDOW,
        .slot_size = 16,
        .ncore = MOCK_NCORE,
        .pc = PC,
        .sp = SP,
        .lr = LR,
        .nargs = 4,
        .args = {R0, R1, R2, R3},
        .retval = {R0, R1},
        .regs = regs,
        .gdb_arch = "mock64",
        .gdb_feature = "org.trapline.mock64",
        .onward = onward,
        .breakpoint = breakpoint,
        .insn_len = insn_len,
        .decode = decode,
        .slot_build = slot_build,
        .jump = jump,
        .skip = skip,
        .returns = returns,
        .simulate = simulate,
};
