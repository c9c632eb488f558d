/* SPDX-License-Identifier: MIT */
/*
 * Bytes in, packets out: the line, the lease, and what goes on the line next.
 *
 * Received bytes are decoded where they arrive (tl_rx(), usually an interrupt) and served where the
 * firmware has time (tl_poll()). Sent bytes come from two buffers: the answer under way and the
 * frame under way; an answer goes first, then console text, then the stream. tl_poll() and
 * tl_tx_ready() share the sending side through a try-lock: who finds it taken leaves.
 */
#include "line/line.h"

#include "arch.h"
#include "base/util.h"
#include "debug.h"
#include "line/client.h"
#include "line/console.h"
#include "line/packet.h"
#include "pack.h"

TL_RAM(".bss");

struct tl_client tl_client;

struct outgoing {
	struct tl_frame_tx tx;
	uint16_t sent;
};

/*
 * What is received and answered. tl_poll() has one; a halted context has another, since it may have
 * been halted in an interrupt that came amid tl_poll().
 */
static uint8_t rx_bytes[1 + TL_GDB][TL_PACKET_SIZE], answer_bytes[1 + TL_GDB][TL_PACKET_SIZE];
static struct line {
	struct tl_frame_rx rx;
	struct outgoing answer;
	uint8_t losing; /* bytes to the end of a packet that is being lost, TL_FRAME_TRAILER: and
	                   its data */
	volatile bool packet_ready; /* rx holds a packet; one that comes meanwhile is lost, the host
	                               repeats itself */
	volatile bool nak_due;
	volatile bool again_due; /* the host has asked for the answer once more; */
	volatile bool acked;     /* or has got it */
	volatile bool acks;      /* it does acknowledge, since it attached: LLDB does not */
	uint32_t unacked;        /* CRC of the packet that was answered last */
	uint16_t pause;          /* of its frame so far, when a long silence came; 0: none has */
	volatile uint8_t held;   /* what rx holds, outside a frame: see hold() */
} lines[1 + TL_GDB];
static struct line *line;

enum held {
	HELD_TORN, /* since the reset nothing has told whether what comes is the end of a packet */
	HELD_NOTHING,
	HELD_PLUS, /* of a debugger that attaches, perhaps */
};

static struct outgoing frame;
static uint8_t frame_bytes[TL_FRAME_SIZE];
static volatile bool sending, building; /* building: what is not complete must not be sent */
static tl_work_fn *work, *work_before;  /* under way; until the packet that is served */
static volatile bool cancelled;
static uint32_t reset_ms; /* when a reset was asked for, 0: it was not */

_Static_assert(TL_PACKET_SIZE >= 128 && TL_PACKET_SIZE <= 16384, "TL_PACKET_SIZE");
_Static_assert(TL_FRAME_SIZE >= 128 && TL_FRAME_SIZE <= 1024, "TL_FRAME_SIZE");

/* ---- the lease ---- */

void tl_session_end(bool keep)
{
	if (!keep)
		tl_native.gone();
	tl_client.session = tl_client.last = 0;
	tl_client.listens = false;
	if (tl_debugged())
		return;
	tl_client.attached = false;
	tl_client.no_ack = false;
}

static void check_lease(void)
{
	if (!tl_client.attached || line->packet_ready || work ||
	    tl_clock.now_ms - tl_client.heard_ms <= tl_client.lease_ms)
		return;
	if (TL_GDB && tl_shared())
		tl_debugger.end(); /* it was behind the host that is gone */
	if (tl_client.session)
		tl_client.expired = tl_client.session;
	tl_session_end(false);
}

/* ---- a reset ---- */

enum { SENT_MS = 50 }; /* what has been written has left the UART */

void tl_reset_later(void)
{
	reset_ms = tl_clock.now_ms | 1;
}

/* Not before what is said about it has left the UART. */
static void check_reset(void)
{
	if (reset_ms && tl_clock.now_ms - reset_ms > SENT_MS &&
	    line->answer.sent == line->answer.tx.len)
		tl_port.reset();
}

/* ---- in ---- */

/* What rx holds from there on was typed. */
static void release_from(unsigned i)
{
	for (; i < line->rx.len; i++)
		tl_console_input(line->rx.buf[i]);
}

static void on_event(enum tl_frame_event event, uint8_t byte)
{
	switch (event) {
	case TL_FRAME_TEXT:
		tl_console_input(byte);
		break;
	case TL_FRAME_PACKET:
		line->packet_ready = true;
		line->pause = 0;
		cancelled = false;
		break;
	case TL_FRAME_BAD:
		tl_client.bad_frames++;
		line->nak_due = true;
		if (!tl_client.attached)
			release_from(line->pause); /* nobody talks packets: it was typed */
		line->pause = 0;
		break;
	case TL_FRAME_ACK:
		line->acked = line->acks = true;
		break;
	case TL_FRAME_NAK:
		line->again_due = !tl_client.no_ack;
		break;
	case TL_FRAME_BREAK:
		cancelled = true;
		if (TL_GDB)
			tl_debugger.interrupt();
		break;
	default:
		break;
	}
}

/* Is the byte of a frame that is lost to a packet that waits? All of it is then: the rest would
 * pass for typed text, which is not lost. */
static bool lose(uint8_t byte)
{
	bool lost = byte == '$' ? line->packet_ready : line->losing;

	if (byte == '$') {
		line->losing = lost ? TL_FRAME_TRAILER : 0;
		tl_client.overruns += lost;
	} else if (line->losing && (line->losing < TL_FRAME_TRAILER || byte == '#')) {
		line->losing--;
	}
	return lost;
}

static void release_held(void)
{
	release_from(0);
	line->rx.len = 0;
	line->held = HELD_NOTHING;
}

/*
 * After a reset the UART may begin to listen amid a packet, whose end would pass for typed text and
 * spoil the first line of it. What comes first is held until '$' or #hh shows that it was a packet,
 * or a line's end or a silence that it was typed. A '+' while nobody is attached is held likewise:
 * debuggers begin with one, directly before their first packet.
 */
static bool hold(uint8_t byte)
{
	struct tl_frame_rx *rx = &line->rx;
	bool ends =
	        rx->len >= TL_FRAME_TRAILER - 1 && rx->buf[rx->len - (TL_FRAME_TRAILER - 1)] == '#';

	if (line->held == HELD_NOTHING) {
		if (byte != '+' || tl_client.attached || line->packet_ready || tl_frame_rx_busy(rx))
			return false;
		line->held = HELD_PLUS;
		rx->len = 0;
	} else if (byte == '$' || (ends && tl_hex_digit(byte) >= 0)) {
		rx->len = 0;
		line->held = HELD_NOTHING;
		return byte != '$';
	} else if (line->held == HELD_PLUS || byte < ' ' || rx->len == rx->size) {
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
	if (!line->pause || byte >= ' ' || line->rx.buf[1] == 'X')
		return;
	release_from(line->pause);
	tl_frame_rx_abandon(&line->rx);
	line->pause = 0;
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
		line->rx.acks = tl_client.attached || line->packet_ready;
		on_event(tl_frame_rx_byte(&line->rx, *buf), *buf);
	}
}

/* All of the agent's variables are zero at first, as nothing of it may be in .data; bytes may come
 * before tl_init(). */
static void begin_line(struct line *l)
{
	l->rx.buf = rx_bytes[l - lines];
	l->rx.size = TL_PACKET_SIZE;
	line = l;
}

void tl_rx(const uint8_t *buf, int n)
{
	if (!line)
		begin_line(lines);
	receive(buf, n);
	if (TL_GDB && tl_debugger.cannot_wait(line->rx.buf, line->packet_ready ? line->rx.len : 0))
		tl_arch_break(); /* the last thing done, so that the firmware is found where this
		                    was called */
}

/* A frame that stops in the middle would swallow what is typed after it: given up when nothing more
 * comes and its sender, who is not there or waits for an ack, will send it again. */
static void check_frame(void)
{
	enum { PATIENCE_MS = 2000, TYPED_MS = 30 };
	static uint32_t since;
	static uint16_t seen;
	bool held = line->held != HELD_NOTHING;

	if (line->rx.len != seen || line->packet_ready || !(held || tl_frame_rx_busy(&line->rx))) {
		seen = line->rx.len;
		since = tl_clock.now_ms;
	} else if (tl_clock.now_ms - since > (held ? TYPED_MS : PATIENCE_MS)) {
		uintptr_t lock = tl_arch_lock();

		if (line->rx.len == seen && line->held != HELD_NOTHING) /* still */
			release_held();
		else if (line->rx.len == seen && tl_client.attached && tl_client.no_ack)
			line->pause = line->pause ? line->pause : seen;
		else if (line->rx.len == seen)
			on_event(tl_frame_rx_abandon(&line->rx), 0);
		tl_arch_unlock(lock);
	}
}

static void read_port(void)
{
	uint8_t byte;

	while (tl_port.read && !line->packet_ready && tl_port.read(tl_port.ctx, &byte, 1) == 1)
		receive(&byte, 1);
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
	if (line->nak_due) {
		line->nak_due = false;
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
	return (TL_GDB && tl_debugger.notification(&frame.tx)) || tl_console_frame(&frame.tx) ||
	       (tl_client.listens && tl_native.frame(&frame.tx, tl_clock.now_ms));
}

/* A command that came once more has acted already: its answer was lost. */
static bool serve_again(uint32_t command)
{
	if (!command || command != tl_client.last)
		return false;
	tl_client.heard_ms = tl_clock.now_ms;
	line->answer.sent = 0;
	line->packet_ready = false;
	return true;
}

/* The line has damaged it, and RSP's sum did not tell. */
static void refuse_packet(void)
{
	tl_client.bad_frames++;
	line->nak_due = true;
	line->packet_ready = false;
}

/*
 * Before an answer. Text may look to a debugger like the beginning of a packet, whose end it waits
 * for, and would lose the first ack in: `#00` ends it; twice, for one whose '*' takes a byte with
 * it.
 */
static void send_first(const char *bytes, unsigned n)
{
	tl_copy(frame.tx.out, bytes, n);
	frame.tx.len = (uint16_t)n;
	frame.sent = 0;
}

/*
 * Text may look like a '-', too, and the debugger sends at once what it has sent: that wants an
 * ack, a second answer would be taken for the next packet's.
 */
static bool is_echo(unsigned n)
{
	enum { SOON_MS = 3000 }; /* GDB waits two seconds for an ack */
	uint32_t id = 0xffffffff;
	bool echo;

	for (unsigned i = 0; i < n; i++)
		id = tl_crc32(id, line->rx.buf[i]);
	echo = id == line->unacked && !line->acked &&
	       tl_clock.now_ms - tl_client.heard_ms < SOON_MS;
	line->unacked = id;
	return echo;
}

bool tl_work(tl_work_fn *step)
{
	work = step;
	return work_before == step;
}

bool tl_work_may_go_on(uint32_t since)
{
	return tl_ticks() - since < tl_clock.ticks_per_ms / 4;
}

/* A step of the work under way; Ctrl-C ends it, answered as an error, since whoever asked still
 * waits. */
static int work_step(struct tl_frame_tx *out)
{
	return cancelled ? -TL_EINVAL : work(out);
}

static void serve_work(void)
{
	if (!tl_packet_go_on(work_step, &line->answer.tx))
		return;
	work = 0;
	line->answer.sent = 0;
	line->acked = false;
}

static void serve_packet(void)
{
	bool attaches = TL_GDB && tl_debugger.attaches(line->rx.buf, line->rx.len),
	     ack = !tl_client.no_ack || attaches;
	uint8_t *bytes = answer_bytes[line - lines];
	unsigned n = line->rx.len;
	enum tl_frame_crc crc = tl_packet_is_native(line->rx.buf, n)
	                                ? tl_frame_take_crc(line->rx.buf, &n)
	                                : TL_CRC_NONE;
	uint32_t command = crc && line->rx.buf[0] == 'Q' ? tl_packet_id(line->rx.buf, n) : 0;

	if (crc == TL_CRC_WRONG) {
		refuse_packet();
		return;
	}
	if (serve_again(command))
		return;
	if (!tl_client.no_ack && line == lines && crc == TL_CRC_NONE) {
		if (is_echo(n) && (line->acks || attaches)) {
			send_first("+", 1);
			line->packet_ready = false;
			return;
		}
		if (attaches)
			send_first("#00#00", 6);
	} else {
		line->unacked = 0;
	}
	line->acks &= !attaches;
	tl_client.attached = true;
	if (crc == TL_CRC_RIGHT)
		tl_client.no_ack = true; /* a native host repeats what is not answered */
	tl_client.heard_ms = tl_clock.now_ms;
	/* The '+' stands before the answer in the same buffer. */
	line->answer.tx.out = bytes + 1;
	line->answer.tx.size = TL_PACKET_SIZE - 1;
	if (TL_GDB)
		tl_debugger.part_end(); /* who asks anew has not waited for the rest */
	tl_client.last = command;
	work_before = work;
	work = 0;
	tl_packet_serve(line->rx.buf, n, crc, &line->answer.tx);
	if (line->answer.tx.len)
		work = 0;
	bytes[0] = '+';
	if (ack) {
		line->answer.tx.out = bytes;
		line->answer.tx.len++;
	}
	line->answer.sent = 0;
	line->again_due = line->acked = false;
	line->packet_ready = false;
}

/* More of an answer that does not fit one packet; false: that was all, or the packet before may
 * have to be sent again. */
static bool serve_part(void)
{
	if (!TL_GDB || !(tl_client.no_ack || line->acked) || !tl_debugger.part(&line->answer.tx))
		return false;
	line->answer.sent = 0;
	line->acked = false;
	return true;
}

/* The answer once more, without the ack: that was not asked for, and would be taken for the next
 * packet's. */
static void answer_again(void)
{
	line->again_due = false;
	line->answer.sent = line->answer.tx.len && line->answer.tx.out[0] == '+';
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

/* Sends what can be sent. At most a few frames at a time: a fast line must not keep the firmware
 * from its work. */
static void send(bool serve)
{
	enum { FRAMES = 4 };

	for (unsigned i = 0; i < FRAMES; i++) {
		if (frame.sent < frame.tx.len && !push(&frame))
			break;
		if (line->again_due)
			answer_again();
		if (!push(&line->answer))
			break;
		building = true;
		if (serve && line->packet_ready)
			serve_packet();
		else if (serve && work && !i)
			serve_work();
		else if (!(serve && serve_part()) && !next_frame())
			i = FRAMES;
		building = false;
	}
}

void tl_tx_ready(void)
{
	if (tl_port.write && take_line()) {
		send(false);
		give_line();
	}
	if (TL_GDB && tl_debugger.cannot_wait(0, 0))
		tl_arch_break(); /* the last thing done, too */
}

void tl_line_serve(uintptr_t caller)
{
	tl_client.caller = caller;
	tl_client.polls++;
	tl_clock_polls();
	check_reset();
	read_port();
	check_frame();
	if (take_line()) {
		send(true);
		check_lease(); /* deletes probes, whose records tl_tx_ready() may be sending */
		give_line();
	}
}

/* ---- halted: the same line, with interrupts locked out ---- */

#if TL_GDB
/* Where the halted context was sending, that is brought to its end; what it was building goes out
 * later. */
void tl_line_take(void)
{
	if (!sending)
		return;
	while (!building && (!push(&frame) || !push(&lines[0].answer)))
		;
	tl_client.last = 0;
	tl_zero(&lines[1], sizeof lines[1]);
	lines[1].held = HELD_NOTHING;
	begin_line(&lines[1]);
}

void tl_line_give(bool restarts)
{
	uint32_t start;

	while (!push(&line->answer))
		;
	for (start = tl_ticks(); restarts && tl_ticks() - start < SENT_MS * tl_clock.ticks_per_ms;)
		;
	line = lines;
	tl_client.last = 0;
	tl_clock_goes_on();
}

void tl_line_poll(void)
{
	int (*read)(void *, uint8_t *, int) = tl_port.read ? tl_port.read : tl_port.read_halted;
	uint8_t byte;

	tl_client.polls++;
	tl_clock_advance();
	check_reset();
	while (!line->packet_ready && read(tl_port.ctx, &byte, 1) == 1)
		receive(&byte, 1);
	check_frame();
	if (line->again_due)
		answer_again();
	if (push(&line->answer)) {
		if (line->packet_ready)
			serve_packet();
		else if (work)
			serve_work();
		else
			serve_part();
	}
	if (tl_shared()) /* else the halt is a user's, who may take his time */
		check_lease();
}

struct tl_frame_tx *tl_line_answer(void)
{
	struct outgoing *answer = &line->answer;

	while (!push(answer))
		;
	tl_client.last = 0;
	answer->tx.out = answer_bytes[line - lines];
	answer->tx.size = TL_PACKET_SIZE;
	answer->sent = 0;
	return &answer->tx;
}
#endif

void tl_line_init(void)
{
	if (!line)
		begin_line(lines);
	tl_client.lease_ms = TL_LEASE_MS;
	tl_zero(&frame.tx, sizeof frame.tx);
	frame.tx.out = frame_bytes;
	frame.tx.size = sizeof frame_bytes;
}
