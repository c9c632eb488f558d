/* SPDX-License-Identifier: MIT */
/*
 * Runs fetch programs that have been checked. In traps: what a hit costs is spent here, so loads
 * from where nothing can go wrong are made in place.
 */
#include "expr/fetch.h"

#if TL_FETCH

#include "base/clear.h"

/* A table for the switch, where the ISA's flags say otherwise, too; what need not be quick stays out
 * of its way. */
#ifdef __clang__
#define HOT
#else
#define HOT __attribute__((optimize("O2", "jump-tables")))
#endif
#define COLD __attribute__((noinline))

typedef uint16_t __attribute__((may_alias)) half;
typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;
typedef uintptr_t __attribute__((may_alias)) word;

enum { WORD = sizeof(uintptr_t), BITS = 8 * WORD };
enum { ALL = 63 }; /* the numbers of instructions are in these bits */

/* Constants, least significant byte first. */
static inline uintptr_t constant(const uint8_t *p, unsigned bytes)
{
	uintptr_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

/* What a kept word and acc make. */
COLD static uintptr_t compute(unsigned op, uintptr_t k, uintptr_t acc)
{
	switch (op) {
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

/* Of a range of bytes from `addr` on how many can be read in place. */
static inline uintptr_t clear_from(uintptr_t addr)
{
	uintptr_t at = addr - tl_clear.base;

	return at < tl_clear.room ? tl_clear.room - at + (WORD - 1) : 0;
}

/* A block; false: it cannot be read. */
COLD static bool block(uintptr_t addr, uint8_t *out, unsigned n)
{
	if (n > clear_from(addr))
		return tl_fetch_read(addr, out, n);
	if (!((addr | (uintptr_t)out) % WORD))
		for (; n >= WORD; n -= WORD, addr += WORD, out += WORD)
			*(word *)(void *)out = *(const word *)addr;
	while (n--)
		*out++ = *(const uint8_t *)addr++;
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

HOT uintptr_t tl_fetch_run(struct tl_fetch *f, const uint8_t *p, uint8_t *out)
{
	const uintptr_t *const regs = f->regs;
	const uint8_t *field = p;
	uint8_t *start = out;
	uintptr_t acc = 0, addr;
	unsigned n, op, fields = 0;

	for (;;)
		switch (op = *p++ & ALL) {
		case TL_FETCH_END:
			return acc;
		case TL_FETCH_REG:
			acc = regs[*p++];
			break;
		case TL_FETCH_CONST1:
			acc = (uintptr_t)(int8_t)*p++;
			break;
		case TL_FETCH_CONST2:
			acc = (uintptr_t)(int16_t)constant(p, 2);
			p += 2;
			break;
		case TL_FETCH_CONST4:
			acc = (uintptr_t)(int32_t)constant(p, 4);
			p += 4;
			break;
#if UINTPTR_MAX > UINT32_MAX
		case TL_FETCH_CONST8:
			acc = constant(p, 8);
			p += 8;
			break;
#endif
		case TL_FETCH_ADD1:
			acc += (uintptr_t)(int8_t)*p++;
			break;
		case TL_FETCH_ADD2:
			acc += (uintptr_t)(int16_t)constant(p, 2);
			p += 2;
			break;
		case TL_FETCH_INDEX:
			acc += regs[p[0]] * p[1];
			p += 2;
			break;

#define LOAD(bytes, type)                                                                          \
	case TL_FETCH_LOAD##bytes:                                                                 \
		n = bytes;                                                                         \
		addr = acc + *p++;                                                                 \
		if (addr - tl_clear.base >= tl_clear.room || addr % bytes)                         \
			goto load;                                                                 \
		acc = *(const type *)addr;                                                         \
		break
			LOAD(1, uint8_t);
			LOAD(2, half);
			LOAD(4, word32);
#if UINTPTR_MAX > UINT32_MAX
			LOAD(8, word64);
#endif
		load:
			f->loaded = 0;
			if (!tl_fetch_read(addr, &f->loaded, n))
				goto unreadable;
			acc = f->loaded;
			break;

		case TL_FETCH_ZEXT1:
			acc = (uint8_t)acc;
			break;
		case TL_FETCH_ZEXT2:
			acc = (uint16_t)acc;
			break;
		case TL_FETCH_SEXT1:
			acc = (uintptr_t)(int8_t)acc;
			break;
		case TL_FETCH_SEXT2:
			acc = (uintptr_t)(int16_t)acc;
			break;
#if UINTPTR_MAX > UINT32_MAX
		case TL_FETCH_ZEXT4:
			acc = (uint32_t)acc;
			break;
		case TL_FETCH_SEXT4:
			acc = (uintptr_t)(int32_t)acc;
			break;
#endif
		case TL_FETCH_KEEP:
			f->kept[*p++] = acc;
			break;
		case TL_FETCH_TAKE:
			acc = f->kept[*p++];
			break;
		case TL_FETCH_ADD ... TL_FETCH_LEU:
			acc = compute(op, f->kept[*p++], acc);
			break;
		case TL_FETCH_EQC:
			acc = acc == (uintptr_t)(int8_t)*p++;
			break;
		case TL_FETCH_NEC:
			acc = acc != (uintptr_t)(int8_t)*p++;
			break;
		case TL_FETCH_LTSC:
			acc = (intptr_t)acc < (int8_t)*p++;
			break;
		case TL_FETCH_GTSC:
			acc = (intptr_t)acc > (int8_t)*p++;
			break;
		case TL_FETCH_LTUC:
			acc = acc < (uintptr_t)(int8_t)*p++;
			break;
		case TL_FETCH_GTUC:
			acc = acc > (uintptr_t)(int8_t)*p++;
			break;
		case TL_FETCH_NOT:
			acc = !acc;
			break;
		case TL_FETCH_JUMPZ:
			n = *p++;
			p += acc ? 0 : n;
			break;
		case TL_FETCH_JUMPNZ:
			n = *p++;
			p += acc ? n : 0;
			break;

		case TL_FETCH_FIELD:
			fields++;
			field = p;
			start = out;
			p += 2;
			break;
		case TL_FETCH_PUT1:
			*out++ = (uint8_t)acc;
			break;
		case TL_FETCH_PUT2:
			*(half *)(void *)out = (half)acc;
			out += 2;
			break;
		case TL_FETCH_PUT4:
			*(word32 *)(void *)out = (word32)acc;
			out += 4;
			break;
#if UINTPTR_MAX > UINT32_MAX
		case TL_FETCH_PUT8:
			*(word64 *)(void *)out = acc;
			out += 8;
			break;
#endif
		case TL_FETCH_PAD:
			for (n = *p++; n; n--)
				*out++ = 0;
			break;
		case TL_FETCH_BLOCK:
			n = *p++;
			if (!block(acc, out, n))
				goto unreadable;
			out += n;
			break;
		case TL_FETCH_STRING:
			n = *p++;
			if (!string(acc, out, n))
				goto unreadable;
			out += n;
			break;
		unreadable:
			if (!fields) {
				f->status = TL_FETCH_UNDECIDED;
				return 1;
			}
			f->status |= (uintptr_t)1 << (fields - 1);
			out = start;
			for (n = field[1]; n; n--)
				*out++ = 0;
			p = field + 2 + field[0];
			break;
		case TL_FETCH_OPS ... ALL: /* there are none; but so the table needs no check */
			return acc;
		}
}

#endif
