/* SPDX-License-Identifier: MIT */
/*
 * Cases for Cortex-M, drawn row by row from the tables that the agent uses: see insn.h.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5 (encodings), A7.3 (IT), A7.7 (instructions).
 *
 * What is drawn again, since it cannot be proved by running it:
 *   SP as a destination where what it gets is no stack: unpredictable but for a few, and exceptions need a stack.
 *   Loads from below SP, and stores of parts of words there: what is there is anybody's, and a trap writes it.
 *   Branches to the case itself, which would not end, and to where something is mapped that is no landing.
 *   In the tables of Armv6-M, registers that it lacks: the core that runs it here has them.
 *   BXNS to Non-secure code: there is none.
 *   In an IT block, what is unpredictable there: IT, CBZ, B<c>, CPS, and branches but in the last lane.
 */
#include <string.h>

#include "arch.h"
#include "insn_thumb.h"
#include "thumb/rows.h"

enum { SP = 13, LR = 14, PC = 15, ROWS = 256 };

static struct insn_row rows[ROWS];
static unsigned nrows;

static uint32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return bits >> low & ((1u << width) - 1);
}

static uint32_t sign_extend(uint32_t value, unsigned width)
{
	return (value ^ 1u << (width - 1)) - (1u << (width - 1));
}

/* ---- rows ---- */

static bool is_coprocessor(uint32_t bits)
{
	return (bits & 0xec000000) == 0xec000000;
}

static bool has_fp(void)
{
#ifdef __ARM_FP
	return true;
#else
	return false;
#endif
}

/* Coprocessors that the core lacks; and BX PC, which leaves Thumb state. */
static bool always_faults(const struct insn_row *row)
{
	if (is_coprocessor(row->match))
		return !has_fp() || (row->match & 0xe00) != 0xa00;
	return row->match == 0x4778;
}

/* Does an earlier row decide on all that this one matches? Armv6-M refuses so what the others have. */
static bool is_hidden(const struct insn_row *row)
{
	for (const struct insn_row *at = rows; at < rows + nrows; at++)
		if (at->len == row->len && (row->mask & at->mask) == at->mask && (row->match & at->mask) == at->match)
			return true;
	return false;
}

static void add_row(const char *table, unsigned index, uint8_t len, uint32_t mask, uint32_t match, struct thumb_what what)
{
	struct insn_row row = {.table = table, .index = index, .len = len, .mask = mask, .match = match};

	row.check = what.check;
	row.op = what.op & (REJECTED - 1);
	row.error = what.op & REJECTED ? -row.op : 0;
	row.faults = !row.error && always_faults(&row);
	if (nrows < ROWS && !is_hidden(&row))
		rows[nrows++] = row;
}

static void add_rows(const struct thumb_variant *variant)
{
	static const char *const narrow[] = {"narrow[0]", "narrow[1]"}, *const wide[] = {"wide[0]", "wide[1]", "wide[2]",
	                                                                                 "wide[3]"};

	for (unsigned t = 0; t < 2 && variant->narrow[t]; t++)
		for (const struct thumb_narrow *row = variant->narrow[t]; row->what.op != THUMB_NEXT; row++) {
			add_row(narrow[t], (unsigned)(row - variant->narrow[t]), 2, row->mask, row->match, row->what);
			if (!row->mask)
				break;
		}
	for (unsigned t = 0; t < 4 && variant->wide[t]; t++)
		for (const struct thumb_wide *row = variant->wide[t]; row->what.op != THUMB_NEXT; row++) {
			add_row(wide[t], (unsigned)(row - variant->wide[t]), 4, (uint32_t)row->mask[0] << 16 | row->mask[1],
			        (uint32_t)row->match[0] << 16 | row->match[1], row->what);
			if (!row->mask[0])
				break;
		}
}

bool insn_row(unsigned n, struct insn_row *row)
{
	if (!nrows)
		add_rows(tl_arch_isa->variant);
	if (n >= nrows)
		return false;
	*row = rows[n];
	return true;
}

/* The row that decides on an instruction is the first that matches; wide ones begin with 11101, 11110 or 11111. */
static bool decided_by(uint32_t bits, const struct insn_row *row)
{
	const struct insn_row *at = rows;

	if (row->len == 2 && bits >= 0xe800)
		return false;
	if (row->len == 4 && bits < 0xe8000000)
		return false;
	while (at->len != row->len || (bits & at->mask) != at->match)
		at++;
	return at->mask == row->mask && at->match == row->match;
}

/* ---- what kind of instruction ---- */

static bool is(const struct insn_case *c, uint32_t mask, uint32_t match)
{
	return c->row->len == (mask > 0xffff ? 4 : 2) && (c->bits & mask) == match;
}

static bool uses_memory(const struct insn_case *c)
{
	static const struct {
		uint32_t mask, match;
	} kinds[] = {
	        {0xf000, 0x5000},         {0xe000, 0x6000}, {0xe000, 0x8000}, {0xf000, 0xc000}, /* 16 bits, not by SP */
	        {0xfe000000, 0xe8000000},                                                       /* multiple, dual, table branch */
	        {0xfe000000, 0xf8000000},                                                       /* single */
	        {0xec000000, 0xec000000},                                                       /* coprocessors */
	};

	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (is(c, kinds[i].mask, kinds[i].match))
			return true;
	return false;
}

static bool is_load_single(const struct insn_case *c)
{
	return is(c, 0xfe100000, 0xf8100000);
}

/* ADD, MOV with high registers, BX, BLX. */
static unsigned high_d(const struct insn_case *c)
{
	return field(c->bits, 7, 1) << 3 | field(c->bits, 0, 3);
}
static unsigned high_m(const struct insn_case *c)
{
	return field(c->bits, 3, 4);
}

static bool is_high(const struct insn_case *c, uint32_t match)
{
	return is(c, 0xff00, match);
}

static bool writes_pc(const struct insn_case *c)
{
	switch (c->row->op) {
	case THUMB_B:
	case THUMB_BW:
	case THUMB_BL:
	case THUMB_BX:
	case THUMB_BLX:
	case THUMB_TB:
	case THUMB_LDRPC:
	case THUMB_POP:
	case THUMB_LDM:
		return true;
	case THUMB_ADDHI:
	case THUMB_MOVHI:
		return high_d(c) == PC;
	case THUMB_LDRWL:
		return field(c->bits, 12, 4) == PC;
	default:
		return false;
	}
}

static bool is_bxns(const struct insn_case *c)
{
	return is(c, 0xff87, 0x4704);
}

static bool never_in_it(const struct insn_case *c)
{
	return c->row->op == THUMB_IT || c->row->op == THUMB_CBZ || c->row->op == THUMB_BCC || c->row->op == THUMB_BCCW ||
	       c->row->op == THUMB_LAST || is(c, 0xffe8, 0xb660);
}

/* The literal that an LDR loads into PC or SP: it has to be somewhere to go to. */
static bool loads_special(const struct insn_case *c)
{
	return c->row->op == THUMB_LDRWL && field(c->bits, 21, 2) == 2 && field(c->bits, 12, 4) >= SP &&
	       field(c->bits, 12, 4) != LR;
}

/* ---- what cannot be proved ---- */

/* ADD and SUB of so little that SP stays in its stack; registers are suited to it. */
static bool adds_register_to_sp(const struct insn_case *c)
{
	return is(c, 0xff4fff30, 0xeb0d0d00) && field(c->bits, 0, 4) != SP;
}

static bool moves_sp_a_little(const struct insn_case *c)
{
	if (is(c, 0xfb5f8f00, 0xf20d0d00)) /* ADDW, SUBW */
		return true;
	return is(c, 0xffefff00, 0xf10d0d00) || is(c, 0xffefff00, 0xf1ad0d00) || adds_register_to_sp(c);
}

static bool spoils_sp(const struct insn_case *c)
{
	uint32_t check = c->row->check, t = field(c->bits, 12, 4), d = field(c->bits, 8, 4);

	if (c->row->len == 2) {
		if (is_high(c, 0x4400) || is_high(c, 0x4600))
			return high_d(c) == SP && high_m(c) >= SP && high_m(c) != LR;
		return false;
	}
	if (loads_special(c))
		return false;
	if (is_load_single(c) || (check & T && !is(c, 0xfe100000, 0xf8000000)))
		if (t == SP)
			return true;
	return check & D && d == SP && !moves_sp_a_little(c);
}

static bool loads_below_sp(const struct insn_case *c)
{
	if (is(c, 0xfe100fcf, 0xf810000d)) /* LDR [Rn, sp], unpredictable */
		return true;
	if (c->row->len == 2 || field(c->bits, 16, 4) != SP || !field(c->bits, 20, 1))
		return false;
	if (is(c, 0xfe400000, 0xe8000000)) /* LDM */
		return field(c->bits, 24, 1);
	if (is(c, 0xfe000000, 0xe8000000)) /* LDRD, TBB */
		return c->row->op != THUMB_TB && !field(c->bits, 23, 1);
	if (is(c, 0xfe800800, 0xf8000800)) /* LDR with 8 bits */
		return !field(c->bits, 9, 1);
	return is_coprocessor(c->bits) && !field(c->bits, 23, 1);
}

/* A word that is only partly written while SP goes below it: the rest is anybody's. */
static bool stores_part_below_sp(const struct insn_case *c)
{
	return is(c, 0xff9f0b00, 0xf80d0900) && (field(c->bits, 21, 2) != 2 || c->bits & 3);
}

/* Where a branch goes that says so itself; 0: it does not. */
static uint32_t target_of(const struct insn_case *c)
{
	uint32_t b = c->bits, pc = (uint32_t)c->addr + 4, s = field(b, 26, 1), j1 = field(b, 13, 1), j2 = field(b, 11, 1);

	switch (c->row->op) {
	case THUMB_BCC:
		return pc + sign_extend(field(b, 0, 8) << 1, 9);
	case THUMB_B:
		return pc + sign_extend(field(b, 0, 11) << 1, 12);
	case THUMB_CBZ:
		return pc + (field(b, 9, 1) << 6 | field(b, 3, 5) << 1);
	case THUMB_BCCW:
		return pc + sign_extend(s << 20 | j2 << 19 | j1 << 18 | field(b, 16, 6) << 12 | field(b, 0, 11) << 1, 21);
	case THUMB_BW:
	case THUMB_BL:
		return pc +
		       sign_extend(s << 24 | (j1 == s) << 23 | (j2 == s) << 22 | field(b, 16, 10) << 12 | field(b, 0, 11) << 1,
		                   25);
	default:
		return 0;
	}
}

static bool is_landing(uint32_t addr)
{
	uint16_t text;

	return !tl_arch_read(addr, &text, sizeof text) && (text & LANDING_MASK) == LANDING;
}

static bool goes_astray(const struct insn_case *c)
{
	uint32_t target = target_of(c);

	return target && (!is_landing(target) || (target >= c->start && target < c->addr + c->row->len));
}

/* BASEPRI and FAULTMASK with the tables of Armv6-M, which has none: a core that has them does not ignore them. */
static bool is_of_newer_core(const struct insn_case *c)
{
	return __ARM_ARCH == 6 && is(c, 0xfff0d000, 0xf3808000) && field(c->bits, 0, 8) >= 17 && field(c->bits, 0, 8) <= 19;
}

static bool can_be_proved(const struct insn_case *c)
{
	if (spoils_sp(c) || loads_below_sp(c) || stores_part_below_sp(c) || goes_astray(c) || is_of_newer_core(c))
		return false;
	if (c->row->len == 2 && (writes_pc(c) || is_bxns(c)) && (c->bits >> 10) == 0x11 && high_m(c) == SP)
		return false; /* into a stack */
	if (is(c, 0xfff0d000, 0xf3808000) && field(c->bits, 16, 4) == SP)
		return false; /* MSR from SP, unpredictable */
	return true;
}

/* ---- encodings ---- */

/* Half of the branches that reach far go to landings that are near. */
static void steer(struct insn_case *c)
{
	uint32_t s = field(c->bits, 26, 1), near = insn_random();

	if (loads_special(c) || (c->row->op == THUMB_LDRPC && c->bits & 0x00800800))
		c->bits &= ~3u; /* PC and SP are loaded from aligned addresses, else unpredictable */
	if (near & 1)
		return;
	if (c->row->op == THUMB_BW || c->row->op == THUMB_BL)
		c->bits = (c->bits & 0xf80fd7ff) | (s ? 0x04000000 | 0x03f00000 : 0) | 0x2800 | (c->bits & s << 26);
	else if (c->row->op == THUMB_BCCW)
		c->bits = (c->bits & 0xffcfd7ff) | (s ? 0x00302800 : 0);
}

/* A7.3.1 */
static bool passes(uint32_t cond, uint32_t xpsr)
{
	bool n = xpsr >> 31 & 1, z = xpsr >> 30 & 1, c = xpsr >> 29 & 1, v = xpsr >> 28 & 1;
	const bool even[] = {z, c, n, v, c && !z, n == v, !z && n == v, true};

	return even[cond >> 1] != (cond & 1);
}

/* An IT block around the instruction: all that is allowed, with any condition. */
static void draw_it(struct insn_case *c)
{
	uint32_t cond = insn_random() % 15, lanes = 1 + insn_random() % 4, lane = insn_random() % lanes, mask;

	if (writes_pc(c))
		lanes = lane + 1;
	mask = insn_random() & 15;
	if (cond == 14)
		mask = 0; /* no "else" of always */
	mask = (mask & ~((2u << (4 - lanes)) - 1)) | 1u << (4 - lanes);
	c->how |= cond << 4 | (mask & 15) | lane << HOW_LANE_SHIFT;
	c->start = c->addr - 2 * (1 + lane);
	if (lane)
		cond = (cond & ~1u) | (mask >> (4 - lane) & 1);
	c->fires = passes(cond, const_cpu_of(&c->from)->xpsr);
	if (is(c, 0xff00, 0xdf00))
		cpu_of(&c->from)->primask = 0; /* an SVC that cannot be taken: slot.c says what is not known then */
}

/* ---- text ---- */

/* push {r0}; mrs r0, faultmask; str r0, [sp, #64]; pop {r0}; cpsie f */
static const uint16_t tail[] = {0xb401, 0xf3ef, 0x8013, 0x9010, 0xbc01, 0xb661};

enum { NOP = 0xbf00, IT = 0xbf00 };

/* The halfword at `addr`: the case's, or what is around it. */
static uint16_t text_at(const struct insn_case *c, uint32_t addr)
{
	uint32_t end = c->addr + c->row->len;

	if (c->literal && (addr & ~3u) == c->literal)
		return (uint16_t)(c->word >> (addr & 2 ? 16 : 0));
	if (addr >= c->start && addr < c->addr)
		return addr == c->start ? IT | (c->how & HOW_IT) : NOP;
	if (addr >= c->addr && addr < end)
		return (uint16_t)(c->row->len == 4 && addr == c->addr ? c->bits >> 16 : c->bits);
	if (c->how & HOW_TAIL && addr >= end && addr < end + sizeof tail)
		return tail[(addr - end) / 2];
	return code_filling(addr);
}

static void write_text(const struct insn_case *c, bool place)
{
	uint16_t *at = (uint16_t *)c->start, *end = (uint16_t *)(c->addr + c->row->len + sizeof tail);

	for (; at < end; at++)
		*at = place ? text_at(c, (uint32_t)at) : code_filling((uint32_t)at);
	if (!c->literal)
		return;
	for (at = (uint16_t *)c->literal; at < (uint16_t *)c->literal + 2; at++)
		*at = place ? text_at(c, (uint32_t)at) : code_filling((uint32_t)at);
}

void insn_place(const struct insn_case *c)
{
	write_text(c, true);
	__asm volatile("dsb\n\tisb" ::: "memory");
}

void insn_remove(const struct insn_case *c)
{
	write_text(c, false);
}

static int decode(const struct insn_case *c, struct tl_insn *insn)
{
	enum { BEFORE = THUMB_IT_BEFORE, AFTER = 4 * THUMB_EXCL_INSNS };
	uint16_t window[(BEFORE + AFTER) / 2];
	const struct tl_text text = {(uint8_t *)window + BEFORE, c->addr, BEFORE, AFTER};

	for (unsigned i = 0; i < (BEFORE + AFTER) / 2; i++)
		window[i] = text_at(c, (uint32_t)c->addr - BEFORE + 2 * i);
	return tl_arch_isa->decode(tl_arch_isa, &text, insn);
}

static uint32_t literal_at(const struct insn_case *c, uint32_t offset)
{
	uint32_t pc = ((uint32_t)c->addr + 4) & ~3u;

	return field(c->bits, 23, 1) ? pc + offset : pc - offset;
}

static bool overlaps(uint32_t at, uint32_t bytes, uint32_t start, uint32_t end)
{
	return at < end && at + bytes > start;
}

/* Text that is read as data is as it is, breakpoints included. */
static bool reads_itself(const struct insn_case *c)
{
	uint32_t offset = field(c->bits, 0, 8) << 2;

	if (c->row->op == THUMB_LDRWL)
		offset = field(c->bits, 0, 12);
	else if (c->row->op != THUMB_LDRDL && c->row->op != THUMB_VLDR)
		return false;
	return overlaps(literal_at(c, offset), 8, c->addr, c->addr + 2);
}

/* The word that has to be at the literal; false: there is the case itself. */
static bool plant(struct insn_case *c)
{
	if (!loads_special(c))
		return true;
	c->literal = literal_at(c, field(c->bits, 0, 12));
	c->word = (code_base() + 0x2000 + insn_random() % 0x8000) | !insn_chance(8);
	if (field(c->bits, 12, 4) == SP)
		c->word = scratch_base() + SCRATCH_PSP + insn_random() % 64;
	return !overlaps(c->literal, 4, c->start, c->addr + c->row->len + sizeof tail);
}

/* ---- states ---- */

static uint32_t small(void)
{
	return insn_random() % 256;
}

static uint32_t data_pointer(void)
{
	uint32_t p = scratch_base() + SCRATCH_DATA + insn_random() % 512;

	return insn_chance(4) ? p : p & ~3u;
}

static uint32_t landing(void)
{
	return (code_base() + 128 + insn_random() % 0x8000) | 1;
}

/* For addresses: two in three are pointers, the others offsets. */
static uint32_t address_part(void)
{
	switch (insn_random() % 6) {
	case 0:
		return small();
	case 1:
		return insn_chance(4) ? 0 - small() % 64 : small() % 64;
	default:
		return data_pointer();
	}
}

/* For all else. */
static uint32_t number(void)
{
	static const uint32_t edges[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, 0x8000, 0x80};

	switch (insn_random() % 4) {
	case 0:
		return edges[insn_random() % 8];
	case 1:
		return small();
	default:
		return insn_random();
	}
}

static void set_reg(struct cpu *cpu, unsigned r, uint32_t value)
{
	if (r < SP)
		(&cpu->r0)[r] = value;
	else if (r == LR)
		cpu->lr = value;
}

static uint32_t stack_pointer(uint32_t offset)
{
	return scratch_base() + offset + 4 * (insn_random() % 32);
}

static void draw_core(struct insn_case *c, struct cpu *cpu)
{
	bool memory = uses_memory(c);

	for (unsigned r = 0; r <= LR; r++)
		set_reg(cpu, r, memory ? address_part() : number());
	cpu->xpsr = (insn_random() & 0xf8000000) | THUMB_XPSR_T;
#ifdef __ARM_FEATURE_DSP
	cpu->xpsr |= insn_random() & 0x000f0000;
#endif
	cpu->msp = stack_pointer(SCRATCH_MSP);
	cpu->psp = stack_pointer(SCRATCH_PSP);
	cpu->primask = insn_chance(4);
#if __ARM_ARCH > 6
	cpu->basepri = insn_chance(4) ? insn_random() & 0xff : 0;
#endif
	switch (insn_random() % 3) {
	case 0:
		cpu->exc_return = EXC_RETURN_HANDLER;
		break;
	case 1:
		cpu->exc_return = EXC_RETURN_MSP;
		cpu->control = insn_chance(4) ? CONTROL_NPRIV : 0;
		break;
	default:
		cpu->exc_return = EXC_RETURN_PSP;
		cpu->control = CONTROL_SPSEL | (insn_chance(4) ? CONTROL_NPRIV : 0);
	}
}

/* Numbers, infinities and what is not a number; half of them in single, half in double precision. */
static uint32_t fp_number(void)
{
	static const uint32_t edges[] = {0, 0x80000000, 0x3f800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x00000001, 0x3ff00000};

	switch (insn_random() % 4) {
	case 0:
		return edges[insn_random() % 8];
	case 1:
		return 0x3f000000 + (insn_random() & 0x80ffffff);
	default:
		return insn_random();
	}
}

static void draw_fp(struct cpu *cpu)
{
	for (unsigned i = 0; i < 32; i++)
		(&cpu->s0)[i] = fp_number();
	cpu->fpscr = insn_random() & 0xf7c0009f;
	if (insn_chance(4))
		cpu->fpscr = 0;
	if (!insn_chance(4))
		cpu->exc_return &= ~EXC_RETURN_BASIC;
}

/* What the instruction needs to go somewhere: see the head comment. */
static void suit(struct insn_case *c, struct cpu *cpu)
{
	unsigned m = c->row->len == 2 ? high_m(c) : field(c->bits, 0, 4), n = field(c->bits, 16, 4);

	switch (c->row->op) {
	case THUMB_BX:
	case THUMB_BLX:
		set_reg(cpu, m, insn_chance(8) ? landing() & ~1u : landing());
		return;
	case THUMB_CBZ:
		if (insn_chance(2))
			set_reg(cpu, field(c->bits, 0, 3), 0);
		return;
	case THUMB_TB:
		set_reg(cpu, m, insn_chance(8) ? data_pointer() : small());
		set_reg(cpu, n, data_pointer());
		return;
	case THUMB_LDRPC:
		set_reg(cpu, m, small() & ~3u);
		set_reg(cpu, n, data_pointer() & ~3u);
		return;
	case THUMB_LDM:
		set_reg(cpu, n, data_pointer());
		return;
	}
	if ((is_high(c, 0x4600) && high_d(c) == PC) || is_bxns(c))
		set_reg(cpu, m, landing());
	else if (is_high(c, 0x4600) && high_d(c) == SP)
		set_reg(cpu, m, stack_pointer(SCRATCH_PSP) + small() % 4);
	else if (is_high(c, 0x4400) && high_d(c) >= SP && high_d(c) != LR)
		set_reg(cpu, m, 64 + small());
	else if (adds_register_to_sp(c) || is(c, 0xfe1f0fc0, 0xf81d0000)) /* LDR [sp, Rm] */
		set_reg(cpu, m, small());
	else if (is(c, 0xfff0d0fe, 0xf3808008))
		set_reg(cpu, n, stack_pointer(c->bits & 1 ? SCRATCH_PSP : SCRATCH_MSP) + small() % 4);
	else if (is(c, 0xfff0d07e, 0xf380800a)) /* MSR of a stack limit, of Armv8-M */
		set_reg(cpu, n, scratch_base());
	else if (is(c, 0xffff, 0xbf30) || is(c, 0xffffffff, 0xf3af8003)) { /* WFI */
		c->how |= HOW_WAKE;
		cpu->primask = 1;
		cpu->basepri = 0;
	}
}

static void draw_state(struct insn_case *c)
{
	struct cpu *cpu = cpu_of(&c->from);

	cpu->exc_return = EXC_RETURN_MSP;
	draw_core(c, cpu);
	if (has_fp())
		draw_fp(cpu);
	suit(c, cpu);
#if __ARM_ARCH > 6
	if (insn_chance(2))
		c->how |= HOW_EVERY_VECTOR;
#endif
}

bool insn_draw(const struct insn_row *row, struct insn_case *c)
{
	struct tl_insn insn;

	memset(c, 0, sizeof *c);
	c->row = row;
	c->bits = row->match | (insn_random() & ~row->mask & (row->len == 4 ? ~0u : 0xffffu));
	c->addr = c->start = code_site(insn_random() % 2);
	c->fires = true;
	steer(c);
	if (!decided_by(c->bits, row))
		return false;
	if (row->error)
		return decode(c, &insn) == row->error;
	draw_state(c);
	if (row->op == THUMB_LAST)
		c->how |= HOW_TAIL;
	else if (tl_arch_isa->skip && !never_in_it(c) && insn_chance(3))
		draw_it(c);
	cpu_of(&c->from)->pc = (uint32_t)c->start;
	if (!can_be_proved(c) || reads_itself(c) || !plant(c) || decode(c, &insn))
		return false;
	c->no_trap = insn.flags & TL_INSN_NO_TRAP;
	return true;
}

/* ---- verdicts ---- */

/* A call to the supervisor that could not be taken ends as a landing would, at the place behind it. */
static bool call_not_taken(const struct insn_case *c, const struct cpu *after)
{
	return is(c, 0xff00, 0xdf00) && c->fires && !after->svcs;
}

bool insn_faulted(const struct insn_case *c, const struct insn_state *after)
{
	const struct cpu *cpu = const_cpu_of(after);

	return !is_landing(cpu->pc) || cpu->cfsr || cpu->vector != 3 || call_not_taken(c, cpu);
}

bool insn_executed(const struct insn_case *c, const struct insn_state *after)
{
	return c->fires && const_cpu_of(after)->pc != c->addr && !call_not_taken(c, const_cpu_of(after));
}

bool insn_uses_fp(const struct insn_state *state)
{
	return !(const_cpu_of(state)->exc_return & EXC_RETURN_BASIC);
}

/* A branch to where instructions are ends behind the NOP there. */
static bool leads_to(uint32_t at, uint32_t pc)
{
	return at == pc || ((at == code_site(0) || at == code_site(1)) && at + 2 == pc);
}

bool insn_sees(const struct insn_case *c, const struct insn_state *state, bool after, const struct tl_regs *tl_regs)
{
	const struct thumb_regs *regs = (const struct thumb_regs *)tl_regs;
	const struct cpu *cpu = const_cpu_of(state);
	uint32_t pc = after ? cpu->pc : (uint32_t)c->addr, mask = after ? ~0x200u : ~(0x200u | THUMB_XPSR_IT);
	uint32_t handler = cpu->exc_return & 8 ? 0 : THUMB_PENDSV;

	for (unsigned r = 0; r < PC; r++)
		if (regs->r[r] != thumb_reg(cpu, r))
			return false;
	return (after ? leads_to(regs->pc, pc) : regs->pc == pc) && !((regs->xpsr ^ (cpu->xpsr | handler)) & mask);
}

const char *insn_word_name(unsigned n)
{
	static const char *const names[] = {
#define NAME(name) #name,
	        INSN_THUMB_WORDS(NAME)
#undef NAME
	};

	return n < sizeof names / sizeof names[0] ? names[n] : "?";
}
