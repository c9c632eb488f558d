/* SPDX-License-Identifier: MIT */
/*
 * Packets that read and write memory. Reads hide the patches (but qTl.raw), writes leave probed
 * instructions alone.
 */
#include "line/memory.h"

#include "base/clock.h"
#include "line/console.h"
#include "pack.h"
#include "probe/returns.h"
#include "probe/text.h"

TL_RAM(".bss");

enum { CHUNK = 32 }; /* bytes of stack that a copy of memory takes */

int tl_memory_put(uintptr_t addr, uintptr_t n, bool raw, struct tl_frame_tx *out)
{
	uint8_t buf[CHUNK];

	if (n > tl_frame_room(out))
		return -TL_ETOOBIG;
	for (uintptr_t done = 0; done < n;) {
		unsigned part = n - done < CHUNK ? (unsigned)(n - done) : CHUNK;

		if (raw ? tl_arch_read(addr + done, buf, part)
		        : tl_read_memory(addr + done, buf, part))
			return -TL_EFAULT;
		tl_frame_bytes(out, buf, part);
		done += part;
	}
	return 0;
}

bool tl_arg_range(struct tl_args *in, uintptr_t *addr, uintptr_t *n)
{
	return tl_arg(in, addr) && tl_arg(in, n) && *addr + *n >= *addr;
}

/* addr,n */
static int put_range(struct tl_args *in, bool raw, struct tl_frame_tx *out)
{
	uintptr_t addr, n;

	if (!tl_arg_range(in, &addr, &n))
		return -TL_EINVAL;
	tl_frame_put(out, ',');
	return tl_memory_put(addr, n, raw, out);
}

int tl_packet_raw(struct tl_args *in, struct tl_frame_tx *out)
{
	return put_range(in, true, out);
}

int tl_packet_peek(struct tl_args *in, struct tl_frame_tx *out)
{
	return put_range(in, false, out);
}

bool tl_arg_is_hex(const struct tl_args *in, uintptr_t n)
{
	uintptr_t digits = (uintptr_t)(in->end - in->at);

	for (const uint8_t *c = in->at; c < in->end; c++)
		if (tl_hex_digit(*c) < 0)
			return false;
	return !(digits % 2) && digits / 2 == n;
}

/* Looked at before more than a word is written: a write that fails halfway would have changed
 * something. */
static bool readable(uintptr_t addr, uintptr_t n)
{
	uint8_t buf[CHUNK];

	for (uintptr_t i = 0; i < n; i += CHUNK)
		if (tl_arch_read(addr + i, buf, n - i < CHUNK ? (unsigned)(n - i) : CHUNK))
			return false;
	return true;
}

static int write_piece(uintptr_t addr, uint8_t *bytes, unsigned n)
{
	tl_keep_patches(addr, bytes, n);
	tl_return_keep(addr, bytes, n);
	return tl_arch_write(addr, bytes, n);
}

static int rewrite_piece(uintptr_t addr, uint8_t *bytes, unsigned n)
{
	return tl_rewrite(addr, bytes, n);
}

static int may_write_piece(uintptr_t addr, uint8_t *bytes, unsigned n)
{
	return tl_may_write(addr, bytes, n);
}

/* The bytes of a packet, in hex or as they are, in pieces. */
static int for_pieces(uintptr_t addr, const struct tl_args *in, bool hex,
                      int (*what)(uintptr_t, uint8_t *, unsigned))
{
	uint8_t piece[CHUNK];
	int err = 0;

	for (const uint8_t *at = in->at; !err && at < in->end;) {
		unsigned left = (unsigned)(in->end - at) >> hex, n = left < CHUNK ? left : CHUNK;
		struct tl_args part = {at, at + (n << hex)};

		if (hex)
			tl_arg_bytes(&part, piece, n);
		else
			tl_copy(piece, at, n);
		err = what(addr, piece, n);
		at = part.end;
		addr += n;
	}
	return err;
}

/* All or nothing. A word goes at once: reading a device has effects. */
int tl_memory_write(uintptr_t addr, uintptr_t n, const struct tl_args *in, bool hex)
{
	int err = TL_TRUST_LINE ? for_pieces(addr, in, hex, may_write_piece) : -TL_ENOSUP;

	if (!err && n > sizeof(uintptr_t) && !readable(addr, n))
		err = -TL_EFAULT;
	if (TL_GDB && !err && tl_point_overlapping(addr, n))
		err = for_pieces(addr, in, hex, rewrite_piece);
	if (!err)
		err = for_pieces(addr, in, hex, write_piece);
	if (err == -TL_EBUSY || err == -TL_ENOPROBE)
		tl_say_refused("write", addr, err);
	return err;
}

int tl_packet_poke(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, digits;

	(void)out;
	if (!tl_arg(in, &addr) || !tl_arg_is(in, ','))
		return -TL_EINVAL;
	digits = (uintptr_t)(in->end - in->at);
	return tl_arg_is_hex(in, digits / 2) && addr + digits / 2 >= addr
	               ? tl_memory_write(addr, digits / 2, in, true)
	               : -TL_EINVAL;
}

/* A CRC under way. */
static struct {
	uintptr_t addr, n, done;
	uint32_t crc;
	char before; /* its answer */
} sum;

static int sum_part(void)
{
	uintptr_t left = sum.n - sum.done;
	unsigned part = left < CHUNK ? (unsigned)left : CHUNK;
	uint8_t buf[CHUNK];

	if (tl_read_memory(sum.addr + sum.done, buf, part))
		return -TL_EFAULT;
	for (unsigned i = 0; i < part; i++)
		sum.crc = tl_crc32(sum.crc, buf[i]);
	sum.done += part;
	return 0;
}

static int sum_step(struct tl_frame_tx *out)
{
	enum { PARTS = 4 }; /* at least */
	uint32_t since = tl_ticks();

	for (unsigned i = 0; sum.done < sum.n; i++) {
		int err = i < PARTS || tl_work_may_go_on(since) ? sum_part() : TL_LATER;

		if (err)
			return err;
	}
	tl_frame_put(out, (uint8_t)sum.before);
	tl_frame_hex(out, sum.crc);
	return 0;
}

int tl_memory_crc(struct tl_args *in, struct tl_frame_tx *out, char before)
{
	uintptr_t addr, n;

	if (!tl_arg_range(in, &addr, &n))
		return -TL_EINVAL;
	if (!tl_work(sum_step) || sum.addr != addr || sum.n != n) {
		sum.addr = addr;
		sum.n = n;
		sum.done = 0;
		sum.crc = 0xffffffff;
	}
	sum.before = before;
	return sum_step(out);
}

int tl_packet_sum(struct tl_args *in, struct tl_frame_tx *out)
{
	return tl_memory_crc(in, out, ',');
}
