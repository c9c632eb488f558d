/* SPDX-License-Identifier: MIT */
/*
 * Bytes in: to a packet, decoded where they arrive (tl_rx(), usually an interrupt), or to the
 * console, if they were typed.
 */
#include "line/receive.h"

#include "arch.h"
#include "base/clock.h"
#include "base/util.h"
#include "debug.h"
#include "line/client.h"
#include "line/console.h"
#include "pack.h"

TL_RAM(".bss");

struct tl_line tl_lines[1 + TL_GDB], *tl_line;

static uint8_t bytes[1 + TL_GDB][TL_PACKET_SIZE];

enum held {
	HELD_TORN, /* since the reset nothing has told whether what comes is the end of a packet */
	HELD_NOTHING,
	HELD_PLUS, /* of a debugger that attaches, perhaps */
};

_Static_assert(TL_PACKET_SIZE >= 128 && TL_PACKET_SIZE <= 16384, "TL_PACKET_SIZE");

/* What rx holds from there on was typed. */
static void release_from(unsigned i)
{
	for (; i < tl_line->rx.len; i++)
		tl_console_input(tl_line->rx.buf[i]);
}

static void on_event(enum tl_frame_event event, uint8_t byte)
{
	switch (event) {
	case TL_FRAME_TEXT:
		tl_console_input(byte);
		break;
	case TL_FRAME_PACKET:
		tl_line->packet_ready = true;
		tl_line->pause = 0;
		tl_line->cancelled = false;
		break;
	case TL_FRAME_BAD:
		tl_client.bad_frames++;
		tl_line->nak_due = true;
		if (!tl_client.attached)
			release_from(tl_line->pause); /* nobody talks packets: it was typed */
		tl_line->pause = 0;
		break;
	case TL_FRAME_ACK:
		tl_line->acked = tl_line->acks = true;
		break;
	case TL_FRAME_NAK:
		tl_line->again_due = !tl_client.no_ack;
		break;
	case TL_FRAME_BREAK:
		tl_line->cancelled = true;
		if (TL_GDB)
			tl_debugger.interrupt();
		break;
	default:
		break;
	}
}

static uint32_t since; /* ms: when tl_receive_settle() saw that something came, or lose() */

/* Is the byte of a frame that is lost to a packet that waits? All of it is then: the rest would
 * pass for typed text, which is not lost. */
static bool lose(uint8_t byte)
{
	bool lost = byte == '$' ? tl_line->packet_ready : tl_line->losing;

	if (byte == '$') {
		tl_line->losing = lost ? TL_FRAME_TRAILER : 0;
		tl_client.overruns += lost;
	} else if (tl_line->losing && (tl_line->losing < TL_FRAME_TRAILER || byte == '#')) {
		tl_line->losing--;
	}
	if (lost)
		since = tl_clock.now_ms;
	return lost;
}

static void release_held(void)
{
	release_from(0);
	tl_line->rx.len = 0;
	tl_line->held = HELD_NOTHING;
}

/*
 * After a reset the UART may begin to listen amid a packet, whose end would pass for typed text and
 * spoil the first line of it. What comes first is held until '$' or #hh shows that it was a packet,
 * or a line's end or a silence that it was typed. A '+' while nobody is attached is held likewise:
 * debuggers begin with one, directly before their first packet.
 */
static bool hold(uint8_t byte)
{
	struct tl_frame_rx *rx = &tl_line->rx;
	bool ends =
	        rx->len >= TL_FRAME_TRAILER - 1 && rx->buf[rx->len - (TL_FRAME_TRAILER - 1)] == '#';

	if (tl_line->held == HELD_NOTHING) {
		if (byte != '+' || tl_client.attached || tl_line->packet_ready ||
		    tl_frame_rx_busy(rx))
			return false;
		tl_line->held = HELD_PLUS;
		rx->len = 0;
	} else if (byte == '$' || (ends && tl_hex_digit(byte) >= 0)) {
		rx->len = 0;
		tl_line->held = HELD_NOTHING;
		return byte != '$';
	} else if (tl_line->held == HELD_PLUS || byte < ' ' || rx->len == rx->size) {
		release_held();
		return false;
	}
	rx->buf[rx->len++] = byte;
	return true;
}

/*
 * After a long silence amid a packet comes the rest of it, however late: without acks nobody sends
 * it again. Or its sender has gone, and a line is typed, which has an end.
 */
static void end_typed_line(uint8_t byte)
{
	if (!tl_line->pause || byte >= ' ' || tl_line->rx.buf[1] == 'X')
		return;
	release_from(tl_line->pause);
	tl_frame_rx_abandon(&tl_line->rx);
	tl_line->pause = 0;
	tl_client.bad_frames++;
}

static void receive(const uint8_t *buf, int n)
{
	for (; n-- > 0; buf++) {
		if (hold(*buf) || lose(*buf))
			continue;
		end_typed_line(*buf);
		/* Also in no-ack mode: GDB acknowledges the very answer that begins it. And behind
		 * a first packet that waits. */
		tl_line->rx.acks = tl_client.attached || tl_line->packet_ready;
		on_event(tl_frame_rx_byte(&tl_line->rx, *buf), *buf);
	}
}

static void use(struct tl_line *l)
{
	l->rx.buf = bytes[l - tl_lines];
	l->rx.size = TL_PACKET_SIZE;
	tl_line = l;
}

/* All of the agent's variables are zero at first, as nothing of it may be in .data; bytes may come
 * before tl_init(). */
void tl_line_first(void)
{
	if (!tl_line)
		use(tl_lines);
}

#if TL_GDB
void tl_line_other(void)
{
	tl_zero(&tl_lines[1], sizeof tl_lines[1]);
	tl_lines[1].held = HELD_NOTHING;
	use(&tl_lines[1]);
}
#endif

void tl_rx(const uint8_t *buf, int n)
{
	tl_line_first();
	receive(buf, n);
	if (TL_GDB &&
	    tl_debugger.cannot_wait(tl_line->rx.buf, tl_line->packet_ready ? tl_line->rx.len : 0))
		tl_arch_break(); /* the last thing done, so that the firmware is found where this
		                    was called */
}

/* A frame that stops in the middle would swallow what is typed after it: given up when nothing more
 * comes and its sender, who is not there or waits for an ack, will send it again. */
void tl_receive_settle(void)
{
	enum { PATIENCE_MS = 2000, TYPED_MS = 250 }; /* a busy sender may pause amid a packet */
	static uint16_t seen;
	bool held = tl_line->held != HELD_NOTHING;

	if (tl_line->rx.len != seen || tl_line->packet_ready ||
	    !(held || tl_line->losing || tl_frame_rx_busy(&tl_line->rx))) {
		seen = tl_line->rx.len;
		since = tl_clock.now_ms;
	} else if (tl_clock.now_ms - since > (held ? TYPED_MS : PATIENCE_MS)) {
		uintptr_t lock = tl_arch_lock();

		bool still = tl_line->rx.len == seen;
		bool busy = tl_frame_rx_busy(&tl_line->rx);

		if (tl_clock.now_ms - since > PATIENCE_MS)
			tl_line->losing = 0;
		if (still && tl_line->held != HELD_NOTHING)
			release_held();
		else if (still && busy && tl_client.attached && tl_client.no_ack)
			tl_line->pause = tl_line->pause ? tl_line->pause : seen;
		else if (still && busy)
			on_event(tl_frame_rx_abandon(&tl_line->rx), 0);
		tl_arch_unlock(lock);
	}
}

void tl_receive_from(int (*read)(void *ctx, uint8_t *buf, int n))
{
	uint8_t byte;

	while (read && !tl_line->packet_ready && read(tl_port.ctx, &byte, 1) == 1)
		receive(&byte, 1);
}
