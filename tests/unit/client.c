/* SPDX-License-Identifier: MIT */
/*
 * A client of the protocol, for tests: see client.h.
 */
#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "line/packet.h"
#include "mock_board.h"
#include "mock_cpu.h"
#include "pack.h"
#include "stack.h"

struct client client;

static struct tl_frame_rx rx;
static uint8_t rx_bytes[4096];
static unsigned taken; /* bytes of mock_board.tx */
static struct tl_delta bases[TL_PROBE_MAX + 1];
static struct {
	uintptr_t words[4096];
	unsigned n; /* that are known */
} stacks[TL_PROBE_MAX + 1];
static struct tl_stack_way way; /* of the last record's stack: n is not 0 */
static unsigned next_frame;
static bool joined;
static uint32_t last_time;
static unsigned tag;

static void append(char *to, unsigned size, unsigned *len, const uint8_t *bytes, unsigned n)
{
	CHECK(*len + n < size);
	memcpy(to + *len, bytes, n);
	*len += n;
	to[*len] = 0;
}

/* ---- the stream ---- */

static const struct tl_record_format format = {
        .word = sizeof(uintptr_t), .nregs = MOCK_NCORE, .flags = 1 << FLAGS};

static void begin_stack(const struct tl_record *r)
{
	way = (struct tl_stack_way){.n = tl_stack_words(&r->stack, MOCK_NCORE),
	                            .base = r->stack.base};
	CHECK(way.n <= 4096 && way.base <= stacks[r->probe].n);
	if (!way.n)
		client.nrecords++;
}

/* The record counts when its stack is whole. */
static unsigned on_piece(const uint8_t *in, unsigned n)
{
	struct tl_record *r = &client.records[client.nrecords];
	unsigned used = tl_stack_head(in, n);

	CHECK(used && way.n && tl_record_probe(in, n) == r->probe);
	used += tl_stack_decode(in + used, n - used, &format, stacks[r->probe].words, &way);
	client.pieces++;
	client.stack_bytes += used;
	if (way.at < way.n)
		return used;
	CHECK(client.nwords + way.n < sizeof client.words / sizeof *client.words);
	r->words = memcpy(client.words + client.nwords, stacks[r->probe].words,
	                  way.n * sizeof *client.words);
	client.nwords += way.n;
	stacks[r->probe].n = way.n;
	way.n = 0;
	client.nrecords++;
	return used;
}

static void on_records(const uint8_t *in, unsigned n)
{
	uint16_t crc = 0xffff;
	unsigned at = 1;

	client.frames++;
	for (unsigned i = 0; n >= 2 && i < n - 2; i++)
		crc = tl_crc16(crc, in[i]);
	if (n < 3 || crc != (in[n - 2] << 8 | in[n - 1])) {
		client.foul_frames++;
		return;
	}
	n -= 2;
	if (joined && (in[0] & 0x7f) != next_frame) {
		client.lost_frames++;
		joined = false;
	}
	next_frame = (in[0] + 1) & 0x7f;
	if (in[0] & TL_FRAME_KEY) {
		uintptr_t time;
		unsigned used = tl_get_varint(in + at, n - at, &time);

		CHECK(used && time <= UINT32_MAX);
		at += used;
		last_time = (uint32_t)time;
		memset(bases, 0, sizeof bases);
		for (unsigned i = 0; i <= TL_PROBE_MAX; i++)
			stacks[i].n = 0;
		way.n = 0;
		joined = true;
		client.key_frames++;
	}
	CHECK(at < n); /* no frame is empty */
	while (joined && at < n) {
		unsigned id = tl_record_probe(in + at, n - at), used;

		CHECK(id && client.nrecords < CLIENT_RECORDS);
		if (tl_record_is_piece(in + at, n - at)) {
			at += on_piece(in + at, n - at);
			continue;
		}
		CHECK(!way.n);
		used = tl_record_decode(in + at, n - at, &format, &client.records[client.nrecords],
		                        &bases[id], &last_time);
		CHECK(used);
		at += used;
		if (client.records[client.nrecords].stack.any)
			begin_stack(&client.records[client.nrecords]);
		else
			client.nrecords++;
	}
}

static void on_packet(const uint8_t *data, unsigned n)
{
	enum tl_frame_crc crc = tl_frame_take_crc(data, &n);

	CHECK(crc != TL_CRC_WRONG && n < sizeof client.answer);
	client.has_crc = crc == TL_CRC_RIGHT;
	memcpy(client.answer, data, n);
	client.answer[n] = 0;
	client.answers++;
}

static void on_console(const uint8_t *text, unsigned n)
{
	uint16_t crc = 0xffff;

	CHECK(n > 2);
	n -= 2;
	for (unsigned i = 0; i < n; i++)
		crc = tl_crc16(crc, text[i]);
	EQ(crc, text[n] << 8 | text[n + 1]);
	append(client.console, sizeof client.console, &client.console_len, text, n);
}

static void on_notify(const uint8_t *data, unsigned n)
{
	CHECK(n >= 3);
	if (!memcmp(data, "Tl:", 3))
		on_records(data + 3, n - 3);
	else if (n >= 4 && !memcmp(data, "TlO:", 4))
		on_console(data + 4, n - 4);
	else
		unit_fail(__FILE__, __LINE__, "unknown notification %.*s", (int)n,
		          (const char *)data);
}

/* ---- the line ---- */

void client_start(void)
{
	mock_reset();
	mock_board_reset();
	memset(&client, 0, sizeof client);
	taken = 0;
	tag = 0;
	client_reconnect();
	EQ(tl_init(&mock_port), 0);
}

void client_reconnect(void)
{
	tl_frame_rx_init(&rx, rx_bytes, sizeof rx_bytes, "Tl", true);
	joined = false;
	way.n = 0;
}

void client_pump(void)
{
	for (; taken < mock_board.tx_len; taken++) {
		uint8_t c = mock_board.tx[taken];

		switch (tl_frame_rx_byte(&rx, c)) {
		case TL_FRAME_TEXT:
			append(client.text, sizeof client.text, &client.text_len, &c, 1);
			break;
		case TL_FRAME_PACKET:
			on_packet(rx.buf, rx.len);
			break;
		case TL_FRAME_NOTIFY:
			on_notify(rx.buf, rx.len);
			break;
		case TL_FRAME_BAD:
			client.bad++;
			append(client.text, sizeof client.text, &client.text_len, rx.buf, rx.len);
			break;
		case TL_FRAME_ACK:
			client.acks++;
			break;
		case TL_FRAME_NAK:
			client.naks++;
			break;
		default:
			break;
		}
	}
	taken = mock_board.tx_len = 0;
}

void client_abandon(void)
{
	if (tl_frame_rx_abandon(&rx) == TL_FRAME_BAD)
		append(client.text, sizeof client.text, &client.text_len, rx.buf, rx.len);
}

void client_send(const void *bytes, unsigned n)
{
	CHECK(mock_board.rx_len + n <= sizeof mock_board.rx);
	memcpy(mock_board.rx + mock_board.rx_len, bytes, n);
	mock_board.rx_len += n;
}

unsigned client_frame(uint8_t *out, unsigned size, const char *data)
{
	struct tl_frame_tx tx = {.out = out, .size = (uint16_t)size};

	tl_frame_open(&tx, '$');
	tl_frame_puts(&tx, data);
	if (tl_packet_is_native(tx.out + 1, tx.len - 1))
		tl_frame_put_crc(&tx);
	CHECK(tl_frame_close(&tx));
	return tx.len;
}

static const char *exchange(const char *data)
{
	uint8_t frame[4096];
	unsigned before = client.answers;

	client_send(frame, client_frame(frame, sizeof frame, data));
	for (unsigned i = 0; i < 2000 && client.answers == before; i++) {
		tl_poll();
		client_pump();
	}
	return client.answers == before ? NULL : client.answer;
}

const char *ask(const char *format, ...)
{
	char data[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(data, sizeof data, format, ap);
	va_end(ap);
	return exchange(data);
}

/* Exchanges `data`, which has the tag, and returns the answer's error. */
static int error_of(const char *data)
{
	const char *answer = exchange(data);

	CHECK(answer);
	if (strtoul(answer, NULL, 16) != tag || !strchr(answer, ',') || !client.has_crc)
		unit_fail(__FILE__, __LINE__, "%s answered %s", data, answer);
	return -(int)strtoul(strchr(answer, ',') + 1, NULL, 16);
}

int native(const char *name, const char *format, ...)
{
	char data[4096];
	va_list ap;
	int n = snprintf(data, sizeof data, "%s:%x,", name, ++tag);

	va_start(ap, format);
	vsnprintf(data + n, sizeof data - (size_t)n, format, ap);
	va_end(ap);
	return error_of(data);
}

int native_bare(const char *name)
{
	char data[64];

	snprintf(data, sizeof data, "%s:%x", name, ++tag);
	return error_of(data);
}

int ping(void)
{
	return native_bare("qTl.ping");
}

uintptr_t field(unsigned n)
{
	const char *at = client.answer;

	for (n += 2; n; n--) {
		at = strchr(at, ',');
		CHECK(at);
		at++;
	}
	return strtoull(at, NULL, 16);
}

int client_hello(unsigned session)
{
	CHECK(ask("QStartNoAckMode"));
	SAME(client.answer, "OK");
	return native("QTl.hello", "%x,%x,0", TL_PROTOCOL_VERSION, session);
}

void client_drain(void)
{
	for (unsigned i = 0; i < 10; i++) {
		mock_board.ms += 20;
		tl_poll();
		client_pump();
	}
}

struct probe_state probe_state(unsigned id)
{
	struct probe_state p;

	EQ(native("qTl.next", "%x", id - 1), 0);
	EQ(field(0), id);
	p = (struct probe_state){field(1),  field(2),  field(3), field(4), field(5),
	                         field(6),  field(7),  field(8), field(9), field(10),
	                         field(11), field(12), field(13)};
	return p;
}

void check_identity(unsigned id)
{
	struct probe_state p = probe_state(id);

	EQ(p.recorded + p.filtered + p.missed + p.dropped, p.hits);
}
