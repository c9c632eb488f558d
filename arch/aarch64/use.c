/* SPDX-License-Identifier: MIT */
/*
 * What instructions do with the general registers that their fields name, and with SP. For walks
 * over code (returns.c, onward.c), which need no more than compilers make: of what names none the
 * tables do not tell.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C4.1.
 */
#include "a64.h"
#include "rows.h"

enum role {
	N = 1 << 0,       /* bits 9:5 */
	M = 1 << 1,       /* bits 20:16 */
	T = 1 << 2,       /* bits 4:0 */
	T2 = 1 << 3,      /* bits 14:10 */
	TO = 1 << 4,      /* bits 4:0, written */
	TO2 = 1 << 5,     /* bits 14:10, written */
	TO_M = 1 << 6,    /* bits 20:16, written */
	LINK = 1 << 7,    /* x30, written */
	PAIR = 1 << 8,    /* at bits 9:5 and imm7: stores what it reads, loads what it writes */
	SINGLE = 1 << 9,  /* likewise, imm9 or imm12 */
	BACK = 1 << 10,   /* bits 9:5 written back */
	BEFORE = 1 << 11, /* ... before the access */
};

struct roles {
	uint32_t mask, match;
	uint16_t roles;
};

/* clang-format off */
#define ROLES(mask, match, roles) {(mask) + 0 * OUTSIDE(mask, match), match, roles}

static const struct roles table[] = {
	/* stp, ldp: post-indexed, offset, pre-indexed */
		ROLES(0x7fc00000, 0x28800000, N | T | T2 | PAIR | BACK),
		ROLES(0x7ec00000, 0x28000000, N | T | T2 | PAIR),
		ROLES(0x7fc00000, 0x29800000, N | T | T2 | PAIR | BACK | BEFORE),
		ROLES(0x7ec00000, 0x28400000, N | TO | TO2 | PAIR),
		ROLES(0x3fc00000, 0x28c00000, N | TO | TO2 | PAIR | BACK),
		ROLES(0x3fc00000, 0x29c00000, N | TO | TO2 | PAIR | BACK | BEFORE),
		ROLES(0x3e400000, 0x28400000, N | TO | TO2 | PAIR),	/* ldpsw */
	/* of FP registers */
		ROLES(0x3e800000, 0x2c800000, N | BACK | PAIR), ROLES(0x3e000000, 0x2c000000, N),
	/* cas, casp; stxr, ldxr and the like */
		ROLES(0x3fa00000, 0x08a00000, N | M | T | TO_M),
		ROLES(0xbfa00000, 0x08200000, N | M | T | TO_M),
		ROLES(0x3f400000, 0x08400000, N | TO | TO2),
		ROLES(0x3f400000, 0x08000000, N | T | T2 | TO_M),
	/* prfm: literal, others */
		ROLES(0xff000000, 0xd8000000, 0), ROLES(0xffc00000, 0xf9800000, N),
		ROLES(0xffe00c00, 0xf8a00800, N | M),
	/* literals */
		ROLES(0x3f000000, 0x18000000, TO),
	/* str, ldr: unsigned offset */
		ROLES(0x3fc00000, 0x39000000, N | T | SINGLE),
		ROLES(0x3f000000, 0x39000000, N | TO | SINGLE),
	/* register offset */
		ROLES(0x3fe00c00, 0x38200800, N | M | T), ROLES(0x3f200c00, 0x38200800, N | M | TO),
	/* atomics; ldraa */
		ROLES(0x3f200c00, 0x38200000, N | M | TO), ROLES(0xff200400, 0xf8200400, N | TO),
	/* unscaled, unprivileged; post-indexed; pre-indexed */
		ROLES(0x3fe00400, 0x38000000, N | T), ROLES(0x3f200400, 0x38000000, N | TO),
		ROLES(0x3fe00c00, 0x38000400, N | T | SINGLE | BACK),
		ROLES(0x3f200c00, 0x38000400, N | TO | SINGLE | BACK),
		ROLES(0x3fe00c00, 0x38000c00, N | T | SINGLE | BACK | BEFORE),
		ROLES(0x3f200c00, 0x38000c00, N | TO | SINGLE | BACK | BEFORE),
	/* of FP registers */
		ROLES(0x3f200400, 0x3c000400, N | BACK | SINGLE),
		ROLES(0x3f200c00, 0x3c200800, N | M), ROLES(0x3e000000, 0x3c000000, N),
	/* stlur, ldapur; memory tags */
		ROLES(0x3fe00c00, 0x19000000, N | T), ROLES(0x3f200c00, 0x19000000, N | TO),
		ROLES(0xff200000, 0xd9200000, N | T),
	/* ld1, st1 and the like */
		ROLES(0xbe800000, 0x0c800000, N | M | BACK), ROLES(0xbe000000, 0x0c000000, N),

	/* adr, adrp; movk; movn, movz; bfm; extr */
		ROLES(0x1f000000, 0x10000000, TO), ROLES(0x7f800000, 0x72800000, T | TO),
		ROLES(0x1f800000, 0x12800000, TO), ROLES(0x7f800000, 0x33000000, N | T | TO),
		ROLES(0x1f800000, 0x13800000, N | M | TO),
	/* others with an immediate */
		ROLES(0x1c000000, 0x10000000, N | TO),

	/* bl; cbz, tbz; xpaclri */
		ROLES(0xfc000000, 0x94000000, LINK), ROLES(0x7c000000, 0x34000000, T),
		ROLES(0xffffffff, 0xd50320ff, LINK),
	/* sysl, mrs; sys, msr */
		ROLES(0xffe00000, 0xd5200000, TO), ROLES(0xffc00000, 0xd5000000, T),
	/* blr; blraa; br, ret; braa */
		ROLES(0xfffff000, 0xd63f0000, N | LINK),
		ROLES(0xfffff000, 0xd73f0000, N | T | LINK),
		ROLES(0xff9ff000, 0xd61f0000, N), ROLES(0xfffff000, 0xd71f0000, N | T),

	/* ccmp, immediate; register; rmif, setf8 */
		ROLES(0x3fe00800, 0x3a400800, N), ROLES(0x3fe00800, 0x3a400000, N | M),
		ROLES(0x7fe00400, 0x3a000400, N),
	/* pacia and the like; rbit and the like; three sources; others with registers */
		ROLES(0xffff0000, 0xdac10000, N | T | TO), ROLES(0x7fff0000, 0x5ac00000, N | TO),
		ROLES(0x7f000000, 0x1b000000, N | M | T2 | TO),
		ROLES(0x0e000000, 0x0a000000, N | M | TO),

	/* FP: from fixed point and integers; to them */
		ROLES(0x7f260000, 0x1e020000, N), ROLES(0x7f200000, 0x1e000000, TO),
		ROLES(0x7f26fc00, 0x1e220000, N), ROLES(0x7f27fc00, 0x1e270000, N),
		ROLES(0x7f20fc00, 0x1e200000, TO),
	/* dup, ins; smov, umov */
		ROLES(0xbfe0fc00, 0x0e000c00, N), ROLES(0xffe0fc00, 0x4e001c00, N),
		ROLES(0xbfe0fc00, 0x0e002c00, TO), ROLES(0xbfe0fc00, 0x0e003c00, TO),
		ROLES(0, 0, 0),
};
/* clang-format on */

/* Of a number that is SP, or none, there is no bit. */
static uint32_t bit(unsigned n)
{
	return n == A64_SP ? 0 : 1u << n;
}

static int32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return (int32_t)(bits << (32 - low - width)) >> (32 - width);
}

/* From the base, of loads and stores. */
static int32_t offset(uint32_t bits, unsigned roles)
{
	if (roles & PAIR) /* of FP registers the scale is another */
		return field(bits, 15, 7) * (4 << (bits >> 26 & 1 ? bits >> 30 : bits >> 31));
	if (roles & BACK)
		return field(bits, 12, 9);
	return (int32_t)(bits >> 10 & 0xfff) << (bits >> 30);
}

/* ADD, SUB, others that may write SP. */
static int32_t moves_sp(uint32_t bits, unsigned roles)
{
	unsigned d = bits & 31, n = bits >> 5 & 31;
	int32_t by = (int32_t)(bits >> 10 & 0xfff) << (bits >> 22 & 1 ? 12 : 0);

	if (roles & BACK)
		return n != A64_SP ? 0 : roles & (PAIR | SINGLE) ? offset(bits, roles) : INT32_MIN;
	if (d != A64_SP) /* what sets flags writes no SP */
		return 0;
	if ((bits & 0x3f800000) == 0x11000000)
		return n != A64_SP ? INT32_MIN : bits >> 30 & 1 ? -by : by;
	if ((bits & 0x3fe00000) == 0x0b200000)
		return INT32_MIN;
	return (bits & 0x1f800000) == 0x12000000 && (bits >> 29 & 3) != 3 ? INT32_MIN : 0;
}

struct a64_use a64_use_of(uint32_t bits)
{
	unsigned t = bits & 31, n = bits >> 5 & 31, t2 = bits >> 10 & 31, m = bits >> 16 & 31;
	const struct roles *row = table;
	struct a64_use use = {0};
	bool in_stack, second;
	unsigned roles;

	while ((bits & row->mask) != row->match)
		row++;
	roles = row->roles;
	use.reads = (roles & N ? bit(n) : 0) | (roles & M ? bit(m) : 0) | (roles & T ? bit(t) : 0) |
	            (roles & T2 ? bit(t2) : 0);
	use.writes = (roles & TO ? bit(t) : 0) | (roles & TO2 ? bit(t2) : 0) |
	             (roles & TO_M ? bit(m) : 0) | (roles & BACK ? bit(n) : 0) |
	             (roles & LINK ? bit(A64_LR) : 0);
	in_stack = roles & (PAIR | SINGLE) && n == A64_SP && !(bits >> 26 & 1);
	second = roles & PAIR && t2 == A64_LR;
	use.keeps = in_stack && roles & T && (t == A64_LR || second);
	use.fetches = in_stack && roles & TO && (t == A64_LR || second);
	use.moves_sp = moves_sp(bits, roles);
	use.at = second ? 8 : 0;
	if (in_stack && !(roles & BEFORE))
		use.at += roles & BACK ? -offset(bits, roles) : offset(bits, roles);
	return use;
}
