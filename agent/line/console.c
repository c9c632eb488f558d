/* SPDX-License-Identifier: MIT */
/*
 * The firmware's console on the same line: text out, plain, in `%TlO:` frames or GDB's `O` packets,
 * and text in; and what breakpoints print. Byte rings, each with one writer and one reader; the
 * bytes go out in line.c, between frames.
 */
#include "line/console.h"

#include "arch.h"
#include "line/client.h"
#include "pack.h"

TL_RAM(".bss");

_Static_assert((TL_CONSOLE_OUT & (TL_CONSOLE_OUT - 1)) == 0 && TL_CONSOLE_OUT <= 32768,
               "TL_CONSOLE_OUT");
_Static_assert((TL_CONSOLE_IN & (TL_CONSOLE_IN - 1)) == 0 && TL_CONSOLE_IN <= 32768,
               "TL_CONSOLE_IN");

struct ring {
	uint8_t *bytes;
	uint16_t size;
	volatile struct ends {
		uint16_t head, tail;
	} * ends;
};

static uint8_t out_bytes[TL_CONSOLE_OUT], in_bytes[TL_CONSOLE_IN];
static volatile struct ends out_ends, in_ends;
static const struct ring out = {out_bytes, TL_CONSOLE_OUT, &out_ends},
                         in = {in_bytes, TL_CONSOLE_IN, &in_ends};

static bool put(const struct ring *r, uint8_t byte)
{
	if ((uint16_t)(r->ends->head - r->ends->tail) >= r->size)
		return false;
	r->bytes[r->ends->head & (r->size - 1u)] = byte;
	__atomic_signal_fence(__ATOMIC_RELEASE);
	r->ends->head++;
	return true;
}

static bool any(const struct ring *r)
{
	return r->ends->tail != r->ends->head;
}

static bool take(const struct ring *r, uint8_t *byte)
{
	if (!any(r))
		return false;
	__atomic_signal_fence(__ATOMIC_ACQUIRE);
	*byte = r->bytes[r->ends->tail & (r->size - 1u)];
	__atomic_signal_fence(__ATOMIC_RELEASE);
	r->ends->tail++;
	return true;
}

int tl_console_write(const char *s, int n)
{
	int done = 0;

	while (done < n && put(&out, (uint8_t)s[done]))
		done++;
	return done;
}

int tl_console_read(char *buf, int n)
{
	int done = 0;

	while (done < n && take(&in, (uint8_t *)&buf[done]))
		done++;
	return done;
}

bool tl_console_input(uint8_t byte)
{
	return put(&in, byte);
}

#if TL_GDB
static uint8_t printed_bytes[TL_PRINT_SIZE];
static volatile struct ends printed_ends;
static const struct ring printed = {printed_bytes, TL_PRINT_SIZE, &printed_ends};

_Static_assert((TL_PRINT_SIZE & (TL_PRINT_SIZE - 1)) == 0 && TL_PRINT_SIZE <= 32768,
               "TL_PRINT_SIZE");

void tl_print(const char *text, unsigned n)
{
	while (n-- && put(&printed, (uint8_t)*text++))
		;
}

/* The next byte for the line; what breakpoints print goes first. */
static bool next_out(uint8_t *byte)
{
	return take(&printed, byte) || take(&out, byte);
}

static bool any_out(void)
{
	return any(&out) || any(&printed);
}
#else
static bool next_out(uint8_t *byte)
{
	return take(&out, byte);
}

static bool any_out(void)
{
	return any(&out);
}
#endif

/* As GDB's `O` packets: a native host beside it takes text in any case. */
static bool takes_text(void)
{
	return tl_debugged() && !tl_client.session && tl_debugger.takes_text();
}
bool tl_console_frame(struct tl_frame_tx *tx)
{
	enum { CRC_BYTES = 2 };
	uint16_t crc = 0xffff;
	uint8_t byte;

	if (!any_out())
		return false;
	if (takes_text()) {
		tl_frame_open(tx, '$');
		tl_frame_put(tx, 'O');
		while (tl_frame_room(tx) && next_out(&byte))
			tl_frame_bytes(tx, &byte, 1);
		return tl_frame_close(tx);
	}
	tl_frame_open(tx, '%');
	tl_frame_puts(tx, "TlO:");
	while (tl_frame_room(tx) > CRC_BYTES && next_out(&byte)) {
		tl_frame_put(tx, byte);
		crc = tl_crc16(crc, byte);
	}
	tl_frame_put(tx, (uint8_t)(crc >> 8));
	tl_frame_put(tx, (uint8_t)crc);
	return tl_frame_close(tx);
}

unsigned tl_console_plain(uint8_t *bytes, unsigned size)
{
	unsigned n = 0;

	while (n < size && next_out(&bytes[n]))
		n++;
	return n;
}
