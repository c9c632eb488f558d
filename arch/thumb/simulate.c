/* SPDX-License-Identifier: MIT */
/*
 * What cannot run in a slot, or need not: everything that reads or writes the PC, and conditional
 * execution.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A7.3 (conditions, ITSTATE), A7.7
 * (instructions), B1.4.7 and A2.3.1 (writes to the PC).
 */
#include <stddef.h>

#include "error.h"
#include "isa.h"
#include "thumb.h"

enum { SP = 13, PC = 15 };

/* One simulation. Registers are written when nothing can fail any more. */
struct sim {
	uint32_t bits;
	const struct tl_insn *insn;
	struct thumb_regs *regs;
	uint32_t pc;   /* the PC as the instruction reads it */
	uint32_t next; /* where to go on */
	tl_read_fn *read;
	struct tl_sim_fault *fault;
};

static uint32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return bits >> low & ((1u << width) - 1);
}

#if TL_DECODE
static uint32_t sign_extend(uint32_t value, unsigned width)
{
	uint32_t sign = 1u << (width - 1);

	return (value ^ sign) - sign;
}
#endif

/* A7.3.1: bit NZCV tells whether the even condition of a pair passes; the odd one is its opposite,
 * but for 15. */
static bool passes(uint32_t cond, uint32_t xpsr)
{
	static const uint16_t passing[] = {
	        0xf0f0, /* eq: Z */
	        0xcccc, /* cs: C */
	        0xff00, /* mi: N */
	        0xaaaa, /* vs: V */
	        0x0c0c, /* hi: C and not Z */
	        0xaa55, /* ge: N is V */
	        0x0a05, /* gt: N is V, and not Z */
	        0xffff, /* al */
	};

	return cond == 15 || ((passing[cond >> 1] >> (xpsr >> 28) ^ cond) & 1);
}

/* ITSTATE: the condition in bits 7:4, what is left of the block in bits 4:0. A7.3.3 */
static uint32_t get_it(const struct thumb_regs *regs)
{
	return field(regs->xpsr, 25, 2) | field(regs->xpsr, 10, 6) << 2;
}

static void set_it(struct thumb_regs *regs, uint32_t it)
{
	regs->xpsr = (regs->xpsr & ~THUMB_XPSR_IT) | field(it, 0, 2) << 25 | field(it, 2, 6) << 10;
}

static void advance_it(struct thumb_regs *regs)
{
	uint32_t it = get_it(regs);

	set_it(regs, it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0);
}

void thumb_pass(const struct tl_insn *insn, struct tl_regs *tl_regs)
{
	thumb_regs(tl_regs)->pc += insn->len;
	advance_it(thumb_regs(tl_regs));
}

bool thumb_skip(const struct tl_insn *insn, struct tl_regs *tl_regs)
{
	struct thumb_regs *regs = thumb_regs(tl_regs);
	uint32_t it = get_it(regs);

	if (!(it & 15) || passes(it >> 4, regs->xpsr))
		return false;
	thumb_pass(insn, tl_regs);
	return true;
}

#if TL_DECODE

static uint32_t get(const struct sim *s, uint32_t r)
{
	return r == PC ? s->pc : s->regs->r[r];
}

static void set(struct sim *s, uint32_t r, uint32_t value)
{
	s->regs->r[r] = r == SP ? value & ~3u : value;
}

/* BranchWritePC() */
static void branch(struct sim *s, uint32_t target)
{
	s->next = target & ~1u;
}

/* BLXWritePC(): bit 0 selects the instruction set; without it the core faults at the target, as it
 * would have. */
static void interwork(struct sim *s, uint32_t target)
{
	s->regs->xpsr = (s->regs->xpsr & ~THUMB_XPSR_T) | (target & 1 ? THUMB_XPSR_T : 0);
	branch(s, target);
}

/* BXWritePC(), LoadWritePC(): in an exception handler, EXC_RETURN is a target too; the target half
 * knows what to do with it. */
static void leave(struct sim *s, uint32_t target)
{
	if (s->regs->xpsr & THUMB_XPSR_IPSR && target >> 24 == 0xff)
		s->next = target;
	else
		interwork(s, target);
}

static int fail(struct sim *s, uint32_t addr, unsigned bytes, bool misaligned)
{
	s->fault->addr = addr;
	s->fault->bytes = (uint8_t)bytes;
	s->fault->misaligned = misaligned;
	return -TL_EFAULT;
}

static int load(struct sim *s, uint32_t addr, unsigned bytes, uint32_t *value)
{
	uint8_t raw[4] = {0, 0, 0, 0};

	if (s->read(addr, raw, bytes))
		return fail(s, addr, bytes, false);
	*value = raw[0] | (uint32_t)raw[1] << 8 | (uint32_t)raw[2] << 16 | (uint32_t)raw[3] << 24;
	return 0;
}

static int do_it(struct sim *s)
{
	set_it(s->regs, field(s->bits, 0, 8));
	return 0;
}

int32_t thumb_branch(const struct tl_insn *insn)
{
	bool far = insn->op == THUMB_BW || insn->op == THUMB_BL;

	return far ? thumb_far(insn->bits) : thumb_goes(insn);
}

/* B, B<c>, CBZ. */
static int do_b(struct sim *s, bool taken)
{
	if (taken)
		branch(s, s->regs->pc + (uint32_t)thumb_branch(s->insn));
	return 0;
}

static int do_bl(struct sim *s)
{
	s->regs->lr = s->next | 1;
	return do_b(s, true);
}

static int do_bx(struct sim *s)
{
	leave(s, get(s, field(s->bits, 3, 4)));
	return 0;
}

static int do_blx(struct sim *s)
{
	uint32_t target = get(s, field(s->bits, 3, 4));

	s->regs->lr = s->next | 1;
	interwork(s, target);
	return 0;
}

static int do_cbz(struct sim *s)
{
	bool zero = get(s, field(s->bits, 0, 3)) == 0, want_nonzero = field(s->bits, 11, 1);

	return do_b(s, zero != want_nonzero);
}

static int do_tb(struct sim *s)
{
	uint32_t half = field(s->bits, 4, 1), entry;
	int error = load(s, get(s, field(s->bits, 16, 4)) + (get(s, field(s->bits, 0, 4)) << half),
	                 1u << half, &entry);

	if (!error)
		branch(s, s->pc + (entry << 1));
	return error;
}

uint32_t thumb_relative(const struct tl_insn *insn, uint32_t addr)
{
	uint32_t bits = insn->bits, pc = (addr + 4) & ~3u, offset = bits & 0xff;
	bool down = !(bits >> 23 & 1);

	switch (insn->op) {
	case THUMB_ADR:
	case THUMB_LDRLIT:
		return pc + 4 * offset;
	case THUMB_LDRDL:
		offset *= 4;
		break;
	case THUMB_LDRWL:
		offset = bits & 0xfff;
		break;
	case THUMB_ADRW:
		offset |= field(bits, 26, 1) << 11 | field(bits, 12, 3) << 8;
		down = !down;
		break;
	default:
		return addr + 4;
	}
	return down ? pc - offset : pc + offset;
}

static uint32_t high(uint32_t bits)
{
	return field(bits, 7, 1) << 3 | field(bits, 0, 3);
}

uint32_t thumb_relative_to(const struct tl_insn *insn)
{
	switch (insn->op) {
	case THUMB_ADR:
	case THUMB_LDRLIT:
		return field(insn->bits, 8, 3);
	case THUMB_ADRW:
		return field(insn->bits, 8, 4);
	case THUMB_MOVHI:
		return high(insn->bits);
	}
	return field(insn->bits, 12, 4);
}

/* By the PC. */
static uint32_t relative(const struct sim *s)
{
	return thumb_relative(s->insn, s->regs->pc);
}

static int do_adr(struct sim *s)
{
	set(s, thumb_relative_to(s->insn), relative(s));
	return 0;
}

/* ADD, MOV: `to` is what Rm is added to. */
static int write_high(struct sim *s, uint32_t d, uint32_t to)
{
	uint32_t value = to + get(s, field(s->bits, 3, 4));

	if (d == PC)
		branch(s, value);
	else
		set(s, d, value);
	return 0;
}

static int do_addhi(struct sim *s)
{
	return write_high(s, high(s->bits), get(s, high(s->bits)));
}

static int do_movhi(struct sim *s)
{
	return write_high(s, high(s->bits), 0);
}

static int do_ldrlit(struct sim *s)
{
	return load(s, relative(s), 4, &s->regs->r[field(s->bits, 8, 3)]);
}

static int do_ldrwl(struct sim *s)
{
	uint32_t t = field(s->bits, 12, 4), value;
	unsigned bytes = 1u << field(s->bits, 21, 2);
	int error = load(s, relative(s), bytes, &value);

	if (error)
		return error;
	if (t == PC)
		leave(s, value);
	else
		set(s, t, field(s->bits, 24, 1) ? sign_extend(value, 8 * bytes) : value);
	return 0;
}

static int do_ldrdl(struct sim *s)
{
	uint32_t addr = relative(s), first, second;
	int error = load(s, addr, 4, &first);

	if (!error)
		error = load(s, addr + 4, 4, &second);
	if (error)
		return error;
	set(s, field(s->bits, 12, 4), first);
	set(s, field(s->bits, 8, 4), second);
	return 0;
}

static int do_ldrpc(struct sim *s)
{
	uint32_t n = field(s->bits, 16, 4), base = get(s, n), moved, target;
	bool index = true, writeback = false;
	int error;

	if (field(s->bits, 23, 1)) {
		moved = base + field(s->bits, 0, 12);
	} else if (field(s->bits, 11, 1)) {
		uint32_t offset = field(s->bits, 0, 8);
		index = field(s->bits, 10, 1);
		writeback = field(s->bits, 8, 1);
		moved = field(s->bits, 9, 1) ? base + offset : base - offset;
	} else {
		moved = base + (get(s, field(s->bits, 0, 4)) << field(s->bits, 4, 2));
	}
	error = load(s, index ? moved : base, 4, &target);
	if (error)
		return error;
	if (writeback)
		set(s, n, moved);
	leave(s, target);
	return 0;
}

/* Loads the registers of `list`, the PC among them, from `addr` up, which must be aligned; then the
 * base becomes `base`. */
static int load_list(struct sim *s, uint32_t list, uint32_t addr, uint32_t n, uint32_t base)
{
	uint32_t words[16];

	if (addr & 3)
		return fail(s, addr, 4, true);
	for (unsigned r = 0; r < 16; r++) {
		if (!(list >> r & 1))
			continue;
		int error = load(s, addr, 4, &words[r]);
		if (error)
			return error;
		addr += 4;
	}
	set(s, n, base);
	for (unsigned r = 0; r < PC; r++)
		if (list >> r & 1)
			set(s, r, words[r]);
	leave(s, words[PC]);
	return 0;
}

static uint32_t list_bytes(uint32_t list)
{
	uint32_t bytes = 0;

	for (; list; list &= list - 1)
		bytes += 4;
	return bytes;
}

static int do_pop(struct sim *s)
{
	uint32_t list = field(s->bits, 0, 8) | 1u << PC, sp = s->regs->sp;

	return load_list(s, list, sp, SP, sp + list_bytes(list));
}

static int do_ldm(struct sim *s)
{
	uint32_t list = field(s->bits, 0, 16), n = field(s->bits, 16, 4), base = get(s, n),
	         bytes = list_bytes(list);
	bool down = field(s->bits, 24, 1), writeback = field(s->bits, 21, 1);
	uint32_t moved = down ? base - bytes : base + bytes;

	return load_list(s, list, down ? moved : base, n, writeback ? moved : base);
}

static int execute(struct sim *s, enum thumb_op op)
{
	switch (op) {
	case THUMB_IT:
		return do_it(s);
	case THUMB_BCC:
		return do_b(s, passes(field(s->bits, 8, 4), s->regs->xpsr));
	case THUMB_BCCW:
		return do_b(s, passes(field(s->bits, 22, 4), s->regs->xpsr));
	case THUMB_B:
	case THUMB_BW:
		return do_b(s, true);
	case THUMB_BL:
		return do_bl(s);
	case THUMB_BX:
		return do_bx(s);
	case THUMB_BLX:
		return do_blx(s);
	case THUMB_CBZ:
		return do_cbz(s);
	case THUMB_TB:
		return do_tb(s);
	case THUMB_ADR:
	case THUMB_ADRW:
		return do_adr(s);
	case THUMB_ADDHI:
		return do_addhi(s);
	case THUMB_MOVHI:
		return do_movhi(s);
	case THUMB_LDRLIT:
		return do_ldrlit(s);
	case THUMB_LDRWL:
		return do_ldrwl(s);
	case THUMB_LDRDL:
		return do_ldrdl(s);
	case THUMB_LDRPC:
		return do_ldrpc(s);
	case THUMB_POP:
		return do_pop(s);
	case THUMB_LDM:
		return do_ldm(s);
	default: /* PLD, PLI */
		return 0;
	}
}

int thumb_simulate(const struct tl_insn *insn, struct tl_regs *tl_regs, tl_read_fn *read,
                   struct tl_sim_fault *fault)
{
	struct thumb_regs *regs = thumb_regs(tl_regs);
	struct sim s = {insn->bits, insn, regs, regs->pc + 4, regs->pc + insn->len, read, fault};
	int error = execute(&s, (enum thumb_op)insn->op);

	if (error)
		return error;
	if (insn->op != THUMB_IT)
		advance_it(regs);
	regs->pc = s.next;
	return 0;
}

#endif
