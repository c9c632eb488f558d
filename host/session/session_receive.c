/* SPDX-License-Identifier: MIT */
/*
 * What arrives, sorted: answers to our requests, the stream, what is a debugger's, and the
 * firmware's text, which may look like any of them. What is not proven to be a frame of the agent's
 * is text, and shown as it came.
 */
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "pack.h"
#include "session/session_parts.h"

enum {
	FRAME_GAP = 300, /* ms of silence that end what looks like a frame; */
	OUR_GAP = 5000,  /* and what looks like one of ours */
	TAG_DIGITS = 4,  /* at most */
	CONSOLE_CRC = 2, /* bytes, of `%TlO:` */
};

static const char notifications[] = "Tl Stop:"; /* ours, and the one that debuggers get */

static void take_byte(struct session *s, uint8_t c);

static void emit_text(void *ctx, const char *text, size_t n)
{
	struct session *s = ctx;

	if (s->listener.text && n)
		s->listener.text(s->listener.ctx, text, n);
}

/* A frame that is proven to be the agent's: what came before it is whole. */
static void proven(struct session *s)
{
	sieve_end(&s->sieve);
	s->held_ack = false;
}

/* Text outside frames, although a session is open: the target may just have been reset. */
static void stray_text(struct session *s, uint8_t c)
{
	uint64_t soon = now_ms() + SESSION_HINTED_PING;

	if (s->token && s->next_ping > soon)
		s->next_ping = soon;
	sieve_byte(&s->sieve, c);
}

static bool guest_waits(const struct session *s)
{
	return s->guest && s->guest->waits;
}

/* The '+' before a frame that turns out to be text was text, too. */
static void release_ack(struct session *s)
{
	bool held = s->held_ack;

	s->held_ack = false;
	if (held)
		stray_text(s, '+');
}

/* Looks like a frame and is none: the first byte is text, and a frame may begin in the rest. */
static void give_back(struct session *s, const uint8_t *bytes, size_t n)
{
	uint8_t raw[SESSION_FRAME_MAX];

	memcpy(raw, bytes, n);
	session_receive_anew(s);
	release_ack(s);
	if (n)
		stray_text(s, raw[0]);
	for (size_t i = 1; i < n; i++)
		take_byte(s, raw[i]);
}

/* The line has damaged an answer. It may have hidden its end, and a notification behind that. */
static void take_damaged(struct session *s, const uint8_t *bytes, size_t n)
{
	uint8_t raw[SESSION_FRAME_MAX];
	size_t at = 1;

	memcpy(raw, bytes, n);
	session_receive_anew(s);
	s->held_ack = false;
	s->damaged++;
	while (at < n && raw[at] != '%')
		at++;
	for (; at < n; at++)
		take_byte(s, raw[at]);
}

static bool tag_of(const uint8_t *data, size_t n, uintptr_t *tag)
{
	const uint8_t *at = data;

	return tl_get_hex(&at, data + n, tag) && at < data + n && *at == ',';
}

/* Does what came so far begin as the answer to the latest request does? */
static bool is_our_answer(const struct session *s)
{
	uintptr_t tag;

	return s->nraw > 1 && s->raw[0] == '$' && tag_of(s->raw + 1, s->nraw - 1, &tag) &&
	       tag == s->tag;
}

static bool is_our_notification(const struct session *s)
{
	return s->nraw >= 4 && (memcmp(s->raw, "%Tl:", 4) == 0 || memcmp(s->raw, "%TlO", 4) == 0);
}

static void take_answer(struct session *s, uintptr_t tag, unsigned n)
{
	if (!s->waiting || tag != s->waiting || s->replied)
		return; /* late: of a request that was repeated */
	memcpy(s->reply, s->rx.buf, n);
	s->reply_len = n;
	s->replied = true;
}

/* An agent of before there was a CRC says to hello: TAG,1. */
static bool is_old_refusal(const struct session *s, uintptr_t tag, unsigned n)
{
	char want[16];
	int length = snprintf(want, sizeof want, "%x,1", (unsigned)tag);

	return s->waiting && !s->token && tag == s->waiting && n == (unsigned)length &&
	       memcmp(s->rx.buf, want, n) == 0;
}

static void take_packet(struct session *s)
{
	unsigned n = s->rx.len;
	enum tl_frame_crc crc = tl_frame_take_crc(s->rx.buf, &n);
	uintptr_t tag = 0;
	bool tagged = tag_of(s->rx.buf, n, &tag);

	if (tagged && crc == TL_CRC_NONE && is_old_refusal(s, tag, n)) {
		s->no_crc = true;
		s->rx.buf[n - 1] = '0';
		take_answer(s, tag, n);
	} else if (tagged && crc == TL_CRC_RIGHT) {
		proven(s);
		take_answer(s, tag, n);
	} else if (tagged && (crc == TL_CRC_WRONG || tag == s->tag)) {
		take_damaged(s, s->raw, s->nraw);
	} else if (s->guest) {
		s->guest->packet(s->guest->ctx, s->rx.buf, s->rx.len);
	} else {
		give_back(s, s->raw, s->nraw);
	}
	s->held_ack = false;
}

/* Does it end in its CRC-16? */
static bool is_sound(const uint8_t *text, unsigned n)
{
	uint16_t crc = 0xffff;

	if (n < CONSOLE_CRC)
		return false;
	for (unsigned i = 0; i < n - CONSOLE_CRC; i++)
		crc = tl_crc16(crc, text[i]);
	return text[n - 2] == crc >> 8 && text[n - 1] == (crc & 0xff);
}

static void take_console(struct session *s, const uint8_t *text, unsigned n)
{
	if (is_sound(text, n))
		emit_text(s, (const char *)text, n - CONSOLE_CRC);
	else
		s->lost_text++;
}

static bool is_sound_notification(const uint8_t *data, unsigned n)
{
	unsigned name = n > 2 && data[2] == 'O' ? 4 : 3; /* TlO: or Tl: */

	return n > name && is_sound(data + name, n - name);
}

static void take_notification(struct session *s)
{
	const uint8_t *data = s->rx.buf;
	unsigned n = s->rx.len;

	if (!s->token && is_our_notification(s) && !is_sound_notification(data, n)) {
		give_back(s, s->raw, s->nraw); /* nobody has opened a stream */
		return;
	}
	if (is_our_notification(s) && is_sound_notification(data, n))
		proven(s);
	s->held_ack = false;
	if (n >= 3 && memcmp(data, "Tl:", 3) == 0 && s->listener.frame)
		s->listener.frame(s->listener.ctx, data + 3, n - 3);
	else if (n >= 4 && memcmp(data, "TlO:", 4) == 0)
		take_console(s, data + 4, n - 4);
	else if (s->guest && data[0] != 'T')
		s->guest->notification(s->guest->ctx, data, n);
}

/*
 * A bad sum, or another frame has begun in it. A damaged notification of ours is not the firmware's
 * text: its frame number will be missed.
 */
static void take_bad(struct session *s)
{
	bool restart =
	        s->nraw > 1 &&
	        tl_frame_rx_busy(&s->rx); /* another frame is under way: its first byte came last */
	uint8_t next = s->raw[s->nraw - 1];
	size_t n = s->nraw - restart;

	s->nraw = n;
	if (is_our_answer(s)) {
		take_damaged(s, s->raw, n);
	} else if (s->token && is_our_notification(s)) {
		s->lost_text += s->raw[3] == 'O';
		session_receive_anew(s);
		s->held_ack = false;
	} else {
		give_back(s, s->raw, n);
	}
	if (!restart)
		return;
	if (tl_frame_rx_busy(&s->rx))
		for (size_t i = 0; i < s->nraw; i++)
			sieve_byte(&s->sieve, s->raw[i]);
	session_receive_anew(s);
	take_byte(s, next);
}

/*
 * Text that begins like a packet should not have to wait until it is too long for one: what cannot
 * become an answer, `$TAG,…`, is none. What a debugger is answered may be anything.
 */
static bool is_text_after_all(const struct session *s)
{
	size_t i = 1;

	if (s->raw[0] != '$' || s->guest)
		return false;
	while (i < s->nraw && i <= TAG_DIGITS && tl_hex_digit(s->raw[i]) >= 0)
		i++;
	return i < s->nraw && (i == 1 || (s->raw[i] != ',' || s->raw[s->nraw - 1] < ' '));
}

/* With acks on, a '+' comes before an answer; a firmware's may come any time. */
static bool hold_ack(struct session *s, uint8_t c)
{
	if (tl_frame_rx_busy(&s->rx))
		return false;
	if (c != '$' && !(c == '%' && guest_waits(s)))
		release_ack(s);
	s->held_ack |= c == '+' && (s->waiting || guest_waits(s));
	return c == '+' && s->held_ack;
}

static void take_byte(struct session *s, uint8_t c)
{
	if (hold_ack(s, c))
		return;
	if (!tl_frame_rx_busy(&s->rx))
		s->nraw = 0;
	s->raw[s->nraw++] = c;
	switch (tl_frame_rx_byte(&s->rx, c)) {
	case TL_FRAME_MORE:
		if (is_text_after_all(s))
			give_back(s, s->raw, s->nraw);
		break;
	case TL_FRAME_TEXT:
	case TL_FRAME_ACK: /* none of these is told apart: see hold_ack() */
	case TL_FRAME_NAK:
	case TL_FRAME_BREAK:
		stray_text(s, c);
		break;
	case TL_FRAME_PACKET:
		take_packet(s);
		break;
	case TL_FRAME_NOTIFY:
		take_notification(s);
		break;
	case TL_FRAME_BAD:
		take_bad(s);
		break;
	}
}

/* A frame that stops in the middle. A pause in one of ours is no end of it. */
static void check_gap(struct session *s)
{
	bool ours = is_our_answer(s) || is_our_notification(s) || guest_waits(s);

	if (!tl_frame_rx_busy(&s->rx) || now_ms() - s->last_byte <= (ours ? OUR_GAP : FRAME_GAP))
		return;
	tl_frame_rx_abandon(&s->rx);
	take_bad(s);
}

void session_receive(struct session *s)
{
	uint8_t bytes[4096];
	size_t n = link_read(&s->link, bytes, sizeof bytes);

	if (n)
		s->last_byte = now_ms();
	s->bytes += n;
	for (size_t i = 0; i < n; i++)
		take_byte(s, bytes[i]);
	if (n)
		return;
	check_gap(s);
	if (sieve_waits(&s->sieve) && now_ms() - s->last_byte >= SIEVE_PAUSE)
		sieve_pause(&s->sieve);
}

void session_receive_begin(struct session *s)
{
	s->sieve = (struct sieve){.text = emit_text, .ctx = s};
	session_receive_anew(s);
}

void session_receive_anew(struct session *s)
{
	tl_frame_rx_init(&s->rx, s->buffer, sizeof s->buffer, notifications, false);
	s->nraw = 0;
}
