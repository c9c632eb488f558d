/* SPDX-License-Identifier: MIT */
/*
 * Runs fetch programs that have been checked. In traps: what a hit costs is spent here, so loads
 * from where nothing can go wrong are made in place.
 */
#include "expr/fetch.h"

#if TL_FETCH

#include "arch.h"
#include "base/clear.h"
#include "base/util.h"

#define COLD __attribute__((noinline)) /* stays out of the way of what is quick */
#ifdef __clang__
#define QUICK COLD
#else
#define QUICK __attribute__((noinline, optimize("O2", "no-ivopts")))
#endif
#define WIDE (UINTPTR_MAX > UINT32_MAX)

typedef uint16_t __attribute__((may_alias)) half;
typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;
struct __attribute__((may_alias)) pair {
	uintptr_t a, b;
};

enum { WORD = sizeof(uintptr_t), BITS = 8 * WORD };

TL_RAM(".bss");

/* Of the one that runs: not on the stack, so that what is quick needs none. */
static uintptr_t kept[TL_FETCH_KEPT], loaded;
static uint8_t *next_out;

void tl_fetch_forget(void)
{
	tl_zero(kept, sizeof kept);
}

/* Constants, least significant byte first. */
static inline uintptr_t constant(const uint8_t *p, unsigned bytes)
{
	uintptr_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

/* KEEP, TAKE, and what a kept word and acc make: returns what acc is then. `p` is behind the
 * instruction's number. */
COLD static uintptr_t compute(const uint8_t *p, uintptr_t acc)
{
	uintptr_t k = kept[*p];

	switch (p[-1]) {
	case TL_FETCH_KEEP:
		return kept[*p] = acc;
	case TL_FETCH_TAKE:
		return k;
	case TL_FETCH_ADD:
		return k + acc;
	case TL_FETCH_SUB:
		return k - acc;
	case TL_FETCH_MUL:
		return k * acc;
	case TL_FETCH_AND:
		return k & acc;
	case TL_FETCH_OR:
		return k | acc;
	case TL_FETCH_XOR:
		return k ^ acc;
	case TL_FETCH_SHL:
		return k << acc % BITS;
	case TL_FETCH_SHR:
		return k >> acc % BITS;
	case TL_FETCH_SAR:
		return (uintptr_t)((intptr_t)k >> acc % BITS);
	case TL_FETCH_EQ:
		return k == acc;
	case TL_FETCH_NE:
		return k != acc;
	case TL_FETCH_LTS:
		return (intptr_t)k < (intptr_t)acc;
	case TL_FETCH_LES:
		return (intptr_t)k <= (intptr_t)acc;
	case TL_FETCH_LTU:
		return k < acc;
	default:
		return k <= acc;
	}
}

/* What is no multiple of 4 becomes too much. */
static inline uintptr_t quarter(uintptr_t n)
{
	return n >> 2 | n << (BITS - 2);
}

/* Of a range of bytes from `addr` on how many can be read in place. */
static inline uintptr_t clear_from(uintptr_t addr)
{
	uintptr_t at = addr - tl_clear.base;

	return at < tl_clear.room ? tl_clear.room - at + (WORD - 1) : 0;
}

/* A block; false: it cannot be read. Most go two words at a time. */
QUICK static bool block(uintptr_t addr, uint8_t *out, unsigned n)
{
	uintptr_t at = addr - tl_clear.base;
	const struct pair *from = (const struct pair *)addr;
	struct pair *to = (struct pair *)(void *)out;
	unsigned pairs = (addr | (uintptr_t)out) % WORD ? 0 : n / sizeof *to;

	if (at >= tl_clear.room || at + n > tl_clear.room + (WORD - 1))
		return tl_fetch_read(addr, out, n);
	n -= pairs * sizeof *to;
	for (; pairs; pairs--)
		*to++ = *from++;
	if (n)
		tl_copy(to, from, n);
	return true;
}

/* A string; false: not even its first byte can be read. */
COLD static bool string(uintptr_t addr, uint8_t *out, unsigned n)
{
	uint8_t *const first = out, *const end = out + n;

	for (bool ends = false; out < end && !ends;) {
		uintptr_t clear = clear_from(addr);
		uint8_t *to = clear < (uintptr_t)(end - out) ? out + clear : end;

		while (out < to && !ends) {
			*out = *(const uint8_t *)addr++;
			ends = !*out++;
		}
		if (out == end || ends)
			break;
		if (!tl_fetch_read(addr++, out, 1)) {
			if (out == first)
				return false;
			break;
		}
		ends = !*out++;
	}
	while (out < end)
		*out++ = 0;
	return true;
}

/*
 * Memory could not be read by the instruction before `p`. A field is zeros then, and has its bit;
 * the next one is returned, whose output goes to next_out. NULL: it was a condition.
 */
COLD static const uint8_t *give_up(const uint8_t *code, const uint8_t *p, uintptr_t *status)
{
	uint8_t *start = (uint8_t *)(status + 1), *end;
	uintptr_t bit = 1;

	if (*code != TL_FETCH_FIELD) {
		*status = TL_FETCH_UNDECIDED;
		return 0;
	}
	for (; p > code + 3 + code[1]; bit <<= 1) {
		start += code[2];
		code += 3 + code[1];
	}
	*status |= bit;
	for (end = start + code[2]; start < end; start++)
		*start = 0;
	next_out = start;
	return code + 3 + code[1];
}

uintptr_t tl_fetch_run(const uint8_t *code, const uintptr_t *regs, uintptr_t *status)
{
	static const void *const ops[] = {
#define TL_FETCH_OP(name, operands, text) [TL_FETCH_##name] = &&op_##name,
#include "fetch.def"
#undef TL_FETCH_OP
	};
	const uint8_t *p = code;
	uint8_t *out = (uint8_t *)(status + 1);
	uintptr_t acc = 0, addr;
	unsigned n;

	/* The commonest go on to the next by themselves. */
#define NEXT goto *ops[*p++]
next:
	NEXT;

op_END:
	while ((uintptr_t)out % WORD)
		*out++ = 0;
	return acc;
op_FIELD:
	p += 2;
	NEXT;
op_REG:
	acc = regs[*p++];
	NEXT;

#define LOAD(bytes, type, outside)                                                                 \
	op_LOAD##bytes : n = bytes;                                                                \
	addr = acc + *p++;                                                                         \
	if (outside)                                                                               \
		goto load;                                                                         \
	acc = *(const type *)addr
	LOAD(4, word32, quarter(addr - tl_clear.base) >= tl_clear.quads);
	NEXT;
	LOAD(1, uint8_t, addr - tl_clear.base >= tl_clear.room);
	goto next;
	LOAD(2, half, addr - tl_clear.base >= tl_clear.room || addr % 2);
	goto next;
#if WIDE
	LOAD(8, word64, addr - tl_clear.base >= tl_clear.room || addr % 8);
	NEXT;
#endif
load:
	loaded = 0;
	if (!tl_fetch_read(addr, &loaded, n))
		goto unreadable;
	acc = loaded;
	goto next;
unreadable:
	p = give_up(code, p, status);
	out = next_out;
	if (!p)
		return 1;
	goto next;

op_PUT4:
	*(word32 *)(void *)out = (word32)acc;
	out += 4;
	NEXT;
op_PUT1:
	*out++ = (uint8_t)acc;
	goto next;
op_PUT2:
	*(half *)(void *)out = (half)acc;
	out += 2;
	goto next;
op_PAD:
	for (n = *p++; n; n--)
		*out++ = 0;
	goto next;
op_BLOCK:
	n = *p++;
	if (!block(acc, out, n))
		goto unreadable;
	out += n;
	goto next;
op_STRING:
	n = *p++;
	if (!string(acc, out, n))
		goto unreadable;
	out += n;
	goto next;

op_CONST1:
	acc = (uintptr_t)(int8_t)*p++;
	goto next;
op_CONST2:
	acc = (uintptr_t)(int16_t)constant(p, 2);
	p += 2;
	goto next;
op_CONST4:
	acc = (uintptr_t)(int32_t)constant(p, 4);
	p += 4;
	goto next;
op_ADD1:
	acc += (uintptr_t)(int8_t)*p++;
	goto next;
op_ADD2:
	acc += (uintptr_t)(int16_t)constant(p, 2);
	p += 2;
	goto next;
op_INDEX:
	acc += regs[p[0]] * p[1];
	p += 2;
	NEXT;

op_ZEXT1:
	acc = (uint8_t)acc;
	goto next;
op_ZEXT2:
	acc = (uint16_t)acc;
	goto next;
op_SEXT1:
	acc = (uintptr_t)(int8_t)acc;
	goto next;
op_SEXT2:
	acc = (uintptr_t)(int16_t)acc;
	goto next;
op_KEEP:
op_TAKE:
op_ADD:
op_SUB:
op_MUL:
op_AND:
op_OR:
op_XOR:
op_SHL:
op_SHR:
op_SAR:
op_EQ:
op_NE:
op_LTS:
op_LES:
op_LTU:
op_LEU:
	acc = compute(p++, acc);
	goto next;

	/* The operand as the compiler likes it best. */
#define COMPARED (uintptr_t)(int8_t) * p++
op_EQC:
	acc = acc == COMPARED;
	goto next;
op_NEC:
	acc = acc != COMPARED;
	goto next;
op_LTSC:
	acc = (intptr_t)acc < (intptr_t)COMPARED;
	goto next;
op_GTSC:
	acc = (intptr_t)acc > (intptr_t)COMPARED;
	goto next;
op_LTUC:
	acc = acc < COMPARED;
	goto next;
op_GTUC:
	acc = acc > COMPARED;
	goto next;
op_NOT:
	acc = !acc;
	goto next;
op_JUMPZ:
	n = *p++;
	p += acc ? 0 : n;
	goto next;
op_JUMPNZ:
	n = *p++;
	p += acc ? n : 0;
	goto next;

op_SYS:
	p += 2;
	if (!tl_fetch_system(regs, p[-2], p[-1], &loaded))
		goto unreadable;
	acc = loaded;
	goto next;

#if WIDE
op_CONST8:
	acc = constant(p, 8);
	p += 8;
	goto next;
op_ZEXT4:
	acc = (uint32_t)acc;
	goto next;
op_SEXT4:
	acc = (uintptr_t)(int32_t)acc;
	goto next;
op_PUT8:
	*(word64 *)(void *)out = acc;
	out += 8;
	NEXT;
#else /* refused by the check */
op_CONST8:
op_LOAD8:
op_ZEXT4:
op_SEXT4:
op_PUT8:
	return acc;
#endif
}

#endif
