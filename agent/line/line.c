/* SPDX-License-Identifier: MIT */
/*
 * Packets out: the lease, and what goes on the line next. What was received (receive.c) is served
 * where the firmware has time, in tl_poll().
 *
 * Bytes are sent from two buffers: the answer under way and the frame under way. An answer goes
 * first, then what a debugger is notified of, then console text, then the stream. tl_poll() and
 * tl_tx_ready() share the sending side through a try-lock: who finds it taken leaves.
 */
#include "line/line.h"

#include "arch.h"
#include "base/util.h"
#include "debug.h"
#include "line/client.h"
#include "line/console.h"
#include "line/packet.h"
#include "line/receive.h"
#include "pack.h"
#include "probe/table.h"

TL_RAM(".bss");

struct tl_client tl_client;

static uint8_t answer_bytes[1 + TL_GDB][TL_PACKET_SIZE];
static struct tl_outgoing frame;
static uint8_t frame_bytes[TL_FRAME_SIZE];
static volatile bool sending, building; /* building: what is not complete must not be sent */
static tl_work_fn *work, *work_before;  /* under way; until the packet that is served */
static uint32_t reset_ms;               /* when a reset was asked for, 0: it was not */

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
	if (!tl_client.attached || tl_line->packet_ready || work ||
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
	if (!reset_ms || tl_clock.now_ms - reset_ms <= SENT_MS ||
	    tl_line->answer.sent != tl_line->answer.tx.len)
		return;
	if (TL_COMPARATORS)
		tl_hold(TL_HOLD_USER); /* a reset need not turn them off */
	tl_port.reset();
}

/* ---- out ---- */

/* True when all of it is on its way. */
static bool push(struct tl_outgoing *o)
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
	if (tl_line->nak_due) {
		tl_line->nak_due = false;
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
	tl_line->answer.sent = 0;
	tl_line->packet_ready = false;
	return true;
}

/* The line has damaged it, and RSP's sum did not tell. */
static void refuse_packet(void)
{
	tl_client.bad_frames++;
	tl_line->nak_due = true;
	tl_line->packet_ready = false;
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
		id = tl_crc32(id, tl_line->rx.buf[i]);
	echo = id == tl_line->unacked && !tl_line->acked &&
	       tl_clock.now_ms - tl_client.heard_ms < SOON_MS;
	tl_line->unacked = id;
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
	return tl_line->cancelled ? -TL_EINVAL : work(out);
}

static void serve_work(void)
{
	if (!tl_packet_go_on(work_step, &tl_line->answer.tx))
		return;
	work = 0;
	tl_line->answer.sent = 0;
	tl_line->acked = false;
}

static void serve_packet(void)
{
	bool attaches = TL_GDB && tl_debugger.attaches(tl_line->rx.buf, tl_line->rx.len),
	     ack = !tl_client.no_ack || attaches;
	uint8_t *bytes = answer_bytes[tl_line - tl_lines];
	unsigned n = tl_line->rx.len;
	enum tl_frame_crc crc = tl_packet_is_native(tl_line->rx.buf, n)
	                                ? tl_frame_take_crc(tl_line->rx.buf, &n)
	                                : TL_CRC_NONE;
	uint32_t command = crc && tl_line->rx.buf[0] == 'Q' ? tl_packet_id(tl_line->rx.buf, n) : 0;

	if (crc == TL_CRC_WRONG) {
		refuse_packet();
		return;
	}
	if (serve_again(command))
		return;
	if (!tl_client.no_ack && tl_line == tl_lines && crc == TL_CRC_NONE) {
		if (is_echo(n) && (tl_line->acks || attaches)) {
			send_first("+", 1);
			tl_line->packet_ready = false;
			return;
		}
		if (attaches)
			send_first("#00#00", 6);
	} else {
		tl_line->unacked = 0;
	}
	tl_line->acks &= !attaches;
	tl_client.attached = true;
	if (crc == TL_CRC_RIGHT)
		tl_client.no_ack = true; /* a native host repeats what is not answered */
	tl_client.heard_ms = tl_clock.now_ms;
	/* The '+' stands before the answer in the same buffer. */
	tl_line->answer.tx.out = bytes + 1;
	tl_line->answer.tx.size = TL_PACKET_SIZE - 1;
	if (TL_GDB)
		tl_debugger.part_end(); /* who asks anew has not waited for the rest */
	tl_client.last = command;
	work_before = work;
	work = 0;
	tl_packet_serve(tl_line->rx.buf, n, crc, &tl_line->answer.tx);
	if (tl_line->answer.tx.len)
		work = 0;
	bytes[0] = '+';
	if (ack) {
		tl_line->answer.tx.out = bytes;
		tl_line->answer.tx.len++;
	}
	tl_line->answer.sent = 0;
	tl_line->again_due = tl_line->acked = false;
	tl_line->packet_ready = false;
}

/* More of an answer that does not fit one packet; false: that was all, or the packet before may
 * have to be sent again. */
static bool serve_part(void)
{
	if (!TL_GDB || !(tl_client.no_ack || tl_line->acked) ||
	    !tl_debugger.part(&tl_line->answer.tx))
		return false;
	tl_line->answer.sent = 0;
	tl_line->acked = false;
	return true;
}

/* The answer once more, without the ack: that was not asked for, and would be taken for the next
 * packet's. */
static void answer_again(void)
{
	tl_line->again_due = false;
	tl_line->answer.sent = tl_line->answer.tx.len && tl_line->answer.tx.out[0] == '+';
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
		if (tl_line->again_due)
			answer_again();
		if (!push(&tl_line->answer))
			break;
		building = true;
		if (serve && tl_line->packet_ready)
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
	tl_receive_from(tl_port.read);
	tl_receive_settle();
	if (take_line()) {
		send(true);
		check_lease(); /* deletes probes, whose records tl_tx_ready() may be sending */
		give_line();
	}
}

/* ---- halted: the same line, with interrupts locked out ---- */

#if TL_GDB
/* What is partly on the line is brought to its end. Where the halted context was sending, what it
 * was building goes out later. */
void tl_line_take(void)
{
	while (!building && (!push(&frame) || !push(&tl_lines[0].answer)))
		;
	if (!sending)
		return;
	tl_client.last = 0;
	tl_line_other();
}

void tl_line_give(bool restarts)
{
	uint32_t start;

	while (!push(&tl_line->answer))
		;
	for (start = tl_ticks(); restarts && tl_ticks() - start < SENT_MS * tl_clock.ticks_per_ms;)
		;
	tl_line = tl_lines;
	tl_client.last = 0;
	tl_clock_goes_on();
}

void tl_line_poll(void)
{
	tl_client.polls++;
	tl_clock_advance();
	check_reset();
	tl_receive_from(tl_port.read ? tl_port.read : tl_port.read_halted);
	tl_receive_settle();
	if (tl_line->again_due)
		answer_again();
	if (push(&tl_line->answer)) {
		if (tl_line->packet_ready)
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
	struct tl_outgoing *answer = &tl_line->answer;

	while (!push(answer))
		;
	tl_client.last = 0;
	answer->tx.out = answer_bytes[tl_line - tl_lines];
	answer->tx.size = TL_PACKET_SIZE;
	answer->sent = 0;
	return &answer->tx;
}
#endif

void tl_line_init(void)
{
	tl_line_first();
	tl_client.lease_ms = TL_LEASE_MS;
	tl_zero(&frame.tx, sizeof frame.tx);
	frame.tx.out = frame_bytes;
	frame.tx.size = sizeof frame_bytes;
}
