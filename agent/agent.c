/* SPDX-License-Identifier: MIT */
/*
 * Bytes in, packets out: the line, the lease, and what goes on the line next.
 *
 * Received bytes are decoded where they arrive (tl_rx(), usually an interrupt) and served where the firmware has time
 * (tl_poll()). Sent bytes come from two buffers: the answer under way and the frame under way; an answer goes first, then
 * console text, then the stream. tl_poll() and tl_tx_ready() share the sending side through a try-lock: who finds it taken
 * leaves.
 */
#include "internal.h"

#include "pack.h"

struct tl_port tl_port;
struct tl_client tl_client;

static uint8_t rx_bytes[TL_PACKET_SIZE];
static struct tl_frame_rx rx = {.buf = rx_bytes, .size = sizeof rx_bytes}; /* interrupts may bring bytes before tl_init() */
static volatile bool packet_ready; /* rx holds a packet; one that comes meanwhile is lost, the host repeats itself */
static uint8_t losing;             /* bytes to the end of a packet that is being lost, TL_FRAME_TRAILER: and its data */
static volatile bool nak_due;
static volatile bool again_due; /* the host has asked for the answer once more */

struct outgoing {
	struct tl_frame_tx tx;
	uint16_t sent;
};
static uint8_t answer_bytes[TL_PACKET_SIZE], frame_bytes[TL_FRAME_SIZE];
static struct outgoing answer, frame;
static volatile bool sending;

static uint32_t now_ms, last_ticks, spare_ticks, ticks_per_ms; /* time since tl_init() */

_Static_assert(TL_PACKET_SIZE >= 128 && TL_PACKET_SIZE <= 16384, "TL_PACKET_SIZE");
_Static_assert(TL_FRAME_SIZE >= 128 && TL_FRAME_SIZE <= 1024, "TL_FRAME_SIZE");

/* ---- time and the lease ---- */

static void advance_clock(void)
{
	uint32_t ticks = tl_ticks();

	spare_ticks += ticks - last_ticks;
	last_ticks = ticks;
	for (; spare_ticks >= tl_port.tick_hz; spare_ticks -= tl_port.tick_hz)
		now_ms += 1000;
	if (!ticks_per_ms) { /* ticks are longer than a millisecond */
		now_ms += spare_ticks * tl_udiv(1000, tl_port.tick_hz);
		spare_ticks = 0;
	}
	for (; ticks_per_ms && spare_ticks >= ticks_per_ms; spare_ticks -= ticks_per_ms)
		now_ms++;
}

void tl_session_end(bool keep)
{
	if (!keep)
		tl_remote_del_all(false);
	tl_client.session = 0;
	tl_client.attached = false;
	tl_client.no_ack = false;
}

static void check_lease(void)
{
	if (tl_client.attached && !packet_ready && now_ms - tl_client.heard_ms > tl_client.lease_ms)
		tl_session_end(false);
}

/* ---- in ---- */

static void on_event(enum tl_frame_event event, uint8_t byte)
{
	switch (event) {
	case TL_FRAME_TEXT:
		tl_console_input(byte);
		break;
	case TL_FRAME_PACKET:
		packet_ready = true;
		break;
	case TL_FRAME_BAD:
		tl_client.bad_frames++;
		nak_due = true;
		for (unsigned i = 0; !tl_client.attached && i < rx.len; i++)
			tl_console_input(rx.buf[i]); /* nobody talks packets: it was typed */
		break;
	case TL_FRAME_NAK:
		again_due = !tl_client.no_ack;
		break;
	default:
		break;
	}
}

/* Is the byte lost to a packet that waits? All of its frame is then: the rest would pass for typed text. */
static bool lose(uint8_t byte)
{
	bool lost = packet_ready || (losing && byte != '$');

	if (byte == '$') {
		losing = lost ? TL_FRAME_TRAILER : 0;
		tl_client.overruns += lost;
	} else if (losing && (losing < TL_FRAME_TRAILER || byte == '#')) {
		losing--;
	}
	return lost;
}

void tl_rx(const uint8_t *buf, int n)
{
	for (; n-- > 0; buf++) {
		if (lose(*buf))
			continue;
		rx.acks = tl_client.attached; /* also in no-ack mode: GDB acknowledges the very answer that begins it */
		on_event(tl_frame_rx_byte(&rx, *buf), *buf);
	}
}

/* A frame that stops in the middle would swallow what is typed after it: given up when nothing more comes. */
static void check_frame(void)
{
	enum { PATIENCE_MS = 2000 };
	static uint32_t since;
	static uint16_t seen;

	if (rx.len != seen || packet_ready || !tl_frame_rx_busy(&rx)) {
		seen = rx.len;
		since = now_ms;
	} else if (now_ms - since > PATIENCE_MS) {
		uintptr_t lock = tl_arch_lock();

		if (rx.len == seen)
			on_event(tl_frame_rx_abandon(&rx), 0);
		tl_arch_unlock(lock);
	}
}

static void read_port(void)
{
	uint8_t byte;

	while (tl_port.read && !packet_ready && tl_port.read(tl_port.ctx, &byte, 1) == 1)
		tl_rx(&byte, 1);
}

/* ---- out ---- */

/* True when all of it is on its way. */
static bool push(struct outgoing *o)
{
	while (o->sent < o->tx.len) {
		int n = tl_port.write(tl_port.ctx, o->tx.out + o->sent, o->tx.len - o->sent);

		if (n <= 0)
			return false;
		o->sent = (uint16_t)(o->sent + n);
	}
	return true;
}

/* The next frame to send, into `frame`; false: nothing is waiting. */
static bool next_frame(void)
{
	frame.sent = 0;
	frame.tx.len = 0;
	if (nak_due) {
		nak_due = false;
		if (!tl_client.no_ack && tl_client.attached) {
			frame.tx.out[0] = '-';
			frame.tx.len = 1;
			return true;
		}
	}
	if (!tl_client.attached) {
		frame.tx.len = (uint16_t)tl_console_plain(frame.tx.out, frame.tx.size);
		return frame.tx.len;
	}
	return tl_console_frame(&frame.tx) || (tl_client.session && tl_stream_frame(&frame.tx, now_ms));
}

static void serve_packet(void)
{
	bool ack = !tl_client.no_ack;

	tl_client.attached = true;
	tl_client.heard_ms = now_ms;
	/* The '+' stands before the answer in the same buffer. */
	answer.tx.out = answer_bytes + 1;
	answer.tx.size = sizeof answer_bytes - 1;
	tl_packet_serve(rx.buf, rx.len, &answer.tx);
	answer_bytes[0] = '+';
	if (ack) {
		answer.tx.out = answer_bytes;
		answer.tx.len++;
	}
	answer.sent = 0;
	again_due = false;
	packet_ready = false;
}

static bool take_line(void)
{
	uintptr_t lock = tl_arch_lock();
	bool taken = sending;

	sending = true;
	tl_arch_unlock(lock);
	return !taken;
}

static void give_line(void)
{
	__atomic_signal_fence(__ATOMIC_RELEASE);
	sending = false;
}

/* Sends what can be sent. At most a few frames at a time: a fast line must not keep the firmware from its work. */
static void send(bool serve)
{
	enum { FRAMES = 4 };

	for (unsigned i = 0; i < FRAMES; i++) {
		if (frame.sent < frame.tx.len && !push(&frame))
			break;
		if (again_due) {
			again_due = false;
			answer.sent = 0;
		}
		if (!push(&answer))
			break;
		if (serve && packet_ready)
			serve_packet();
		else if (!next_frame())
			break;
	}
}

void tl_tx_ready(void)
{
	if (!take_line())
		return;
	send(false);
	give_line();
}

void tl_poll(void)
{
	if (!tl_port.write)
		return;
	advance_clock();
	read_port();
	check_frame();
	if (take_line()) {
		send(true);
		check_lease(); /* deletes probes, whose records tl_tx_ready() may be sending */
		give_line();
	}
	tl_action_settle();
	tl_trap_settle();
	tl_release(TL_HOLD_FAULT);
}

int tl_init(const struct tl_port *port)
{
	if (!port || !port->write || !port->ticks || !port->tick_hz)
		return -TL_EINVAL;
	tl_copy(&tl_port, port, sizeof tl_port);
	tl_client.lease_ms = TL_LEASE_MS;
	tl_zero(&frame.tx, sizeof frame.tx);
	frame.tx.out = frame_bytes;
	frame.tx.size = sizeof frame_bytes;
	last_ticks = tl_ticks();
	ticks_per_ms = tl_udiv(tl_port.tick_hz, 1000);
	tl_format.word = tl_arch_isa->word;
	tl_format.nregs = tl_arch_isa->ncore;
	for (unsigned i = 0; i < tl_arch_isa->ncore; i++)
		if (tl_arch_isa->regs[i].kind == TL_REG_FLAGS)
			tl_format.flags |= (uintptr_t)1 << i;
	tl_arch_init();
	return 0;
}
