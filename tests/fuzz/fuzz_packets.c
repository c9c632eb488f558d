/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for the whole agent by its line, on the mock machine: packets of hosts and
 * debuggers, halts included.
 *
 * Input: a byte of options, then what the line brings; of a frame `$…#xx` the sum is made right
 * unless a '!' follows the '#', and a native packet's CRC is added, since nobody guesses them.
 * Firmware runs between. Every input meets the machine as after a reset. Whatever it is, the agent
 * answers a good packet afterwards, and with debugger and host gone the text is what it was, but
 * for what was written to it on purpose. Firmware that locks up, its registers and its memory being
 * what the input says, ends the input.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "frame.h"
#include "gdb/breaks.h"
#include "gdb/halt.h"
#include "line/client.h"
#include "line/packet.h"
#include "mock_asm.h"
#include "mock_board.h"
#include "mock_cpu.h"
#include "probe/front.h"
#include "probe/stops.h"
#include "probe/table.h"
#include "probe/text.h"
#include "stream/remote.h"
#include "trace/trace.h"

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum {
	SLOW = 1, /* option: the line takes a few bytes at a time */
	LONGEST = 4096,
	INSTRUCTIONS = 100000,
	READS = 1000000, /* in vain, until it is a hang */
};

static jmp_buf locked_up;
static uint8_t line[2 * LONGEST];
static size_t length, at;
static unsigned vain;
static bool slow;

/* ---- the machine after a reset: the variables of the agent as they were at first ---- */

extern long __start_fuzz_state[], __stop_fuzz_state[];

/* With what the sanitizer has put between them. */
__attribute__((no_sanitize("address"))) static void copy_state(volatile long *to,
                                                               const volatile long *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

static void reset_agent(void)
{
	size_t n = (size_t)(__stop_fuzz_state - __start_fuzz_state);
	static long *state;

	if (!state) {
		state = malloc(n * sizeof *state);
		copy_state(state, __start_fuzz_state, n);
	}
	copy_state(__start_fuzz_state, state, n);
}

static void lock_up(void)
{
	longjmp(locked_up, 1);
}

/* ---- the line ---- */

/* Beyond the input a debugger that has halted the firmware detaches: else it would stand for
   ever. */
static uint8_t next_byte(void)
{
	static const char detach[] = "$D#44";
	static unsigned sent;

	return (uint8_t)detach[sent++ % (sizeof detach - 1)];
}

static int port_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx, (void)n;
	if (at < length)
		*buf = line[at++];
	else if (tl_is_halted())
		*buf = next_byte();
	else
		return 0;
	REQUIRE(at < length || ++vain < READS);
	return 1;
}

static struct tl_frame_rx rx;
static uint8_t rx_bytes[LONGEST];
static char answer[LONGEST + 1];

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	if (slow && n > 3)
		n = 3;
	for (int i = 0; i < n; i++)
		if (tl_frame_rx_byte(&rx, buf[i]) == TL_FRAME_PACKET) {
			unsigned length = rx.len;

			REQUIRE(tl_frame_take_crc(rx.buf, &length) != TL_CRC_WRONG);
			memcpy(answer, rx.buf, length);
			answer[length] = 0;
		}
	return n;
}

/* Ends the frame that begins at `from`: a native one by its CRC, unless it has one, right or
   wrong. */
static void end_frame(size_t from)
{
	struct tl_frame_tx tx = {.out = line + from,
	                         .size = (uint16_t)(sizeof line - from),
	                         .len = (uint16_t)(length - from)};
	unsigned n = tx.len - 1u;

	if (tl_packet_is_native(tx.out + 1, n) && tl_frame_take_crc(tx.out + 1, &n) == TL_CRC_NONE)
		tl_frame_put_crc(&tx);
	tx.sum = 0;
	for (unsigned i = 1; i < tx.len; i++)
		tx.sum = (uint8_t)(tx.sum + tx.out[i]);
	tl_frame_close(&tx);
	length = from + tx.len;
}

/* The input as the line has it, sums made right. */
static void prepare(const uint8_t *data, size_t size)
{
	size_t from = 0;

	length = at = vain = 0;
	for (size_t i = 0; i < size && length < sizeof line - 64; i++) {
		uint8_t c = data[i];

		if (c == '$')
			from = length;
		if (c == '#' && i + 2 < size && data[i + 1] != '!' && from < length &&
		    line[from] == '$') {
			end_frame(from);
			from = length;
			i += 2;
		} else {
			line[length++] = c;
		}
	}
}

static void say(const char *packet)
{
	struct tl_frame_tx tx = {.out = line, .size = LONGEST};

	tl_frame_open(&tx, '$');
	tl_frame_puts(&tx, packet);
	if (tl_packet_is_native(tx.out + 1, tx.len - 1))
		tl_frame_put_crc(&tx);
	tl_frame_close(&tx);
	length = tx.len;
	at = 0;
	answer[0] = 0;
	for (unsigned i = 0; i < 400; i++)
		tl_poll();
}

/* ---- the firmware ---- */

/* main: forever r0 = filter(r1++), r2 = scale(r0), r7[0] = r2 */
static void write_firmware(void)
{
	uintptr_t loop, call[2];

	mock_org(MOCK_TEXT);
	LI(R1, 0);
	loop = ADDI(R1, 1);
	MOV(R0, R1);
	call[0] = CALL(0);
	call[1] = CALL(0);
	ST(R2, R7, 0);
	B(loop);
	mock_target(call[0], PUSH(LR));
	ADD(R0, R0);
	ADDZ(R3, R0);
	POPRET();
	mock_target(call[1], ADDI(R0, 3));
	MOV(R2, R0);
	RET();
	mock_cpu.regs.r[R7] = MOCK_RAM;
}

static void start(void)
{
	struct tl_port port = mock_port;

	reset_agent();
	mock_reset();
	mock_board_reset();
	mock_cpu.on_fatal = lock_up;
	mock_cpu.most = INSTRUCTIONS;
	write_firmware();
	port.read = port_read;
	port.write = port_write;
	tl_frame_rx_init(&rx, rx_bytes, sizeof rx_bytes, "Tl Stop:", false);
	REQUIRE(!tl_init(&port));
}

/* ---- what must hold ---- */

static uint8_t text[MOCK_TEXT_SIZE];

static void goes_on(void)
{
	char c[8];

	mock_board.ms += 3;
	tl_poll();
	mock_run(mock_cpu.regs.r[PC], 48);
	while (mock_cpu.irq_off) /* amid a halt: nothing else runs there */
		mock_run(mock_cpu.regs.r[PC], 1);
	tl_console_write("100% well\n", 10);
	tl_console_read(c, sizeof c);
}

/* May it be there when the debugger has said D, and nothing else? */
static bool may_stay(const struct tl_probe *p)
{
	if (tl_break_of(p))
		return tl_break_persists(tl_break_of(p));
	if (p->front->stops)
		return tl_trace.running && tl_trace.stays;
	return tl_client.session || ((const struct tl_remote *)p)->stay;
}

/* The debugger detaches: what it did not leave on purpose has gone with that alone, and so has each
 * patch that no probe has. */
static void leaves_with_d(void)
{
	static uint8_t now[sizeof text];

	say("D");
	for (unsigned i = 0; i < TL_POINTS; i++) {
		const struct tl_point *pt = &tl_table.points[i];

		for (const struct tl_probe *p = pt->state == TL_POINT_LIVE ? pt->probes : 0; p;
		     p = p->next)
			REQUIRE(may_stay(p));
		REQUIRE(!pt->stepped && (!pt->armed || pt->probes));
	}
	REQUIRE(!tl_gdb.mode && !tl_halted && !tl_gdb.stopped && !tl_gdb.stepping &&
	        !tl_gdb.stop_due && !tl_gdb.reply_due);
	REQUIRE(!tl_read_memory(MOCK_TEXT, now, sizeof now) && !memcmp(now, text, sizeof text));
}

static void leaves_no_trace(void)
{
	REQUIRE(!tl_read_memory(MOCK_TEXT, text, sizeof text));
	leaves_with_d();
	say("qSupported"); /* takes what a debugger before has left on purpose */
	say("QTinit");
	say("D");
	say("qTl.ping:7");
	REQUIRE(!strncmp(answer, "7,0,", 4));
	say("QTl.bye:8,0");
	REQUIRE(!strcmp(answer, "8,0"));
	tl_remote_del_all(true);
	REQUIRE(!memcmp((const void *)MOCK_TEXT, text, sizeof text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > LONGEST)
		return -1;
	start();
	slow = data[0] & SLOW;
	prepare(data + 1, size - 1);
	if (setjmp(locked_up))
		return 0;
	while (at < length)
		goes_on();
	for (unsigned i = 0; i < 8; i++)
		goes_on();
	leaves_no_trace();
	return 0;
}
