/* SPDX-License-Identifier: MIT */
/*
 * The firmware's console on the same line: text out, plain or in `%TlO:` frames, and text in. Two byte rings, each with one
 * writer and one reader; the bytes go out in agent.c, between frames.
 */
#include "internal.h"

_Static_assert((TL_CONSOLE_OUT & (TL_CONSOLE_OUT - 1)) == 0 && TL_CONSOLE_OUT <= 32768, "TL_CONSOLE_OUT");
_Static_assert((TL_CONSOLE_IN & (TL_CONSOLE_IN - 1)) == 0 && TL_CONSOLE_IN <= 32768, "TL_CONSOLE_IN");

static struct {
	uint8_t bytes[TL_CONSOLE_OUT];
	volatile uint16_t head, tail;
} out;
static struct {
	uint8_t bytes[TL_CONSOLE_IN];
	volatile uint16_t head, tail;
} in;

int tl_console_write(const char *s, int n)
{
	int done = 0;

	for (; done < n && (uint16_t)(out.head - out.tail) < TL_CONSOLE_OUT; done++) {
		out.bytes[out.head % TL_CONSOLE_OUT] = (uint8_t)s[done];
		__atomic_signal_fence(__ATOMIC_RELEASE);
		out.head++;
	}
	return done;
}

int tl_console_read(char *buf, int n)
{
	int done = 0;

	for (; done < n && in.tail != in.head; done++) {
		__atomic_signal_fence(__ATOMIC_ACQUIRE);
		buf[done] = (char)in.bytes[in.tail % TL_CONSOLE_IN];
		__atomic_signal_fence(__ATOMIC_RELEASE);
		in.tail++;
	}
	return done;
}

bool tl_console_input(uint8_t byte)
{
	if ((uint16_t)(in.head - in.tail) >= TL_CONSOLE_IN)
		return false;
	in.bytes[in.head % TL_CONSOLE_IN] = byte;
	__atomic_signal_fence(__ATOMIC_RELEASE);
	in.head++;
	return true;
}

/* The next byte for the line; call only if there is one. */
static uint8_t next_out(void)
{
	uint8_t byte;

	__atomic_signal_fence(__ATOMIC_ACQUIRE);
	byte = out.bytes[out.tail % TL_CONSOLE_OUT];
	__atomic_signal_fence(__ATOMIC_RELEASE);
	out.tail++;
	return byte;
}

bool tl_console_frame(struct tl_frame_tx *tx)
{
	if (out.tail == out.head)
		return false;
	tl_frame_open(tx, '%');
	tl_frame_puts(tx, "TlO:");
	while (out.tail != out.head && tl_frame_room(tx))
		tl_frame_put(tx, next_out());
	return tl_frame_close(tx);
}

unsigned tl_console_plain(uint8_t *bytes, unsigned size)
{
	unsigned n = 0;

	while (out.tail != out.head && n < size)
		bytes[n++] = next_out();
	return n;
}
