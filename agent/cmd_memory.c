/* SPDX-License-Identifier: MIT */
/*
 * Packets that read and write memory and registers. Reads hide the patches (but qTl.raw), writes leave probed instructions alone.
 */
#include "internal.h"

#include "pack.h"

enum { CHUNK = 32 }; /* bytes of stack that a copy of memory takes */

static int read_hex(uintptr_t addr, uintptr_t n, bool raw, struct tl_frame_tx *out)
{
	uint8_t buf[CHUNK];

	if (n > tl_frame_room(out))
		return -TL_ETOOBIG;
	for (uintptr_t done = 0; done < n;) {
		unsigned part = n - done < CHUNK ? (unsigned)(n - done) : CHUNK;

		if (tl_arch_read(addr + done, buf, part))
			return -TL_EFAULT;
		if (!raw)
			tl_hide_patches(addr + done, buf, part);
		tl_frame_bytes(out, buf, part);
		done += part;
	}
	return 0;
}

static bool range(struct tl_args *in, uintptr_t *addr, uintptr_t *n)
{
	return tl_arg(in, addr) && tl_arg(in, n) && *addr + *n >= *addr;
}

int tl_packet_raw(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, n;

	if (!range(in, &addr, &n))
		return -TL_EINVAL;
	tl_frame_put(out, ',');
	return read_hex(addr, n, true, out);
}

int tl_packet_read(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, n;

	return range(in, &addr, &n) ? read_hex(addr, n, false, out) : -TL_EINVAL;
}

/* Is what is left exactly n bytes in hex? */
static bool hex_bytes(const struct tl_args *in, uintptr_t n)
{
	uintptr_t digits = (uintptr_t)(in->end - in->at);

	for (const uint8_t *c = in->at; c < in->end; c++)
		if (tl_hex_digit(*c) < 0)
			return false;
	return !(digits % 2) && digits / 2 == n;
}

/* Looked at before more than a word is written: a write that fails halfway would have changed something. */
static bool readable(uintptr_t addr, uintptr_t n)
{
	uint8_t byte;

	for (uintptr_t i = 0; i < n; i++)
		if (tl_arch_read(addr + i, &byte, 1))
			return false;
	return true;
}

int tl_packet_write(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, n;
	uint8_t buf[CHUNK];

	if (!range(in, &addr, &n) || in->at == in->end || *in->at++ != ':' || !hex_bytes(in, n))
		return -TL_EINVAL;
	if (tl_points_overlap(addr, n))
		return -TL_EBUSY;
	if (n > sizeof(uintptr_t) && !readable(addr, n)) /* a word goes at once, and reading a device has effects */
		return -TL_EFAULT;
	while (in->at < in->end) {
		unsigned part = in->end - in->at < 2 * CHUNK ? (unsigned)(in->end - in->at) / 2 : CHUNK;
		struct tl_args bytes = {in->at, in->at + 2 * part};

		tl_arg_bytes(&bytes, buf, part);
		if (tl_arch_write(addr, buf, part))
			return -TL_EFAULT;
		in->at += 2 * part;
		addr += part;
	}
	tl_frame_puts(out, "OK");
	return 0;
}

int tl_packet_crc(struct tl_args *in, struct tl_frame_tx *out)
{
	uint32_t crc = 0xffffffff;
	uintptr_t addr, n;
	uint8_t buf[CHUNK];

	if (!range(in, &addr, &n))
		return -TL_EINVAL;
	while (n) {
		unsigned part = n < CHUNK ? (unsigned)n : CHUNK;

		if (tl_arch_read(addr, buf, part))
			return -TL_EFAULT;
		tl_hide_patches(addr, buf, part);
		for (unsigned i = 0; i < part; i++)
			crc = tl_crc32(crc, buf[i]);
		addr += part;
		n -= part;
	}
	tl_frame_put(out, 'C');
	tl_frame_hex(out, crc);
	return 0;
}

int tl_packet_regs(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)];
	struct tl_regs *regs = (struct tl_regs *)(void *)room;

	if (in->at != in->end)
		return -TL_EPACKET;
	tl_arch_capture(regs);
	tl_frame_bytes(out, tl_core_of(regs), tl_arch_isa->ncore * tl_arch_isa->word);
	return 0;
}
