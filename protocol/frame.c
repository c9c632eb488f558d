/* SPDX-License-Identifier: MIT */
/*
 * RSP frames, both ways: see frame.h. Received bytes are kept raw until the sum is known to be
 * good, so that what turns out not to be a frame can be given back as the text that it was.
 */
#include "frame.h"

#include "pack.h"

enum state {
	OUTSIDE,  /* between frames */
	DATA,     /* after '$' or '%' */
	SUM_HIGH, /* after '#' */
	SUM_LOW,
	RESTART, /* BAD was reported for the old frame; `pending` opens the next */
};

void tl_frame_rx_init(struct tl_frame_rx *rx, uint8_t *buf, unsigned size, const char *notify,
                      bool acks)
{
	rx->buf = buf;
	rx->size = (uint16_t)size;
	rx->len = 0;
	rx->notify = notify;
	rx->acks = acks;
	rx->state = OUTSIDE;
}

static bool starts_frame(const struct tl_frame_rx *rx, uint8_t c)
{
	return c == '$' || (c == '%' && rx->notify);
}

static void start(struct tl_frame_rx *rx, uint8_t c)
{
	rx->state = DATA;
	rx->first = c;
	rx->sum = 0;
	rx->buf[0] = c;
	rx->len = 1;
}

static enum tl_frame_event outside(struct tl_frame_rx *rx, uint8_t c)
{
	if (starts_frame(rx, c)) {
		start(rx, c);
		return TL_FRAME_MORE;
	}
	if (rx->acks) {
		if (c == '+')
			return TL_FRAME_ACK;
		if (c == '-')
			return TL_FRAME_NAK;
		if (c == 0x03)
			return TL_FRAME_BREAK;
	}
	return TL_FRAME_TEXT;
}

static enum tl_frame_event bad(struct tl_frame_rx *rx)
{
	rx->state = OUTSIDE;
	return TL_FRAME_BAD;
}

/* A '%' frame has a name that we know, or is no frame. */
static bool name_fits(const struct tl_frame_rx *rx)
{
	const char *name = rx->notify;

	if (rx->first != '%')
		return true;
	for (;;) {
		unsigned i = 1;

		while (i<rx->len && * name> ' ' && (uint8_t)*name == rx->buf[i])
			name++, i++;
		if (i == rx->len || *name <= ' ')
			return true; /* so far, or all of it */
		while (*name > ' ')
			name++;
		if (!*name++)
			return false;
	}
}

/* Good sum: drops the leading '$' or '%' and the trailer, undoes the escapes in place. */
static void unescape(struct tl_frame_rx *rx)
{
	unsigned out = 0;

	for (unsigned in = 1; in < rx->len - 3u; in++) {
		uint8_t c = rx->buf[in];

		if (c == '}' && in + 1 < rx->len - 3u)
			c = rx->buf[++in] ^ 0x20;
		rx->buf[out++] = c;
	}
	rx->len = (uint16_t)out;
}

enum tl_frame_event tl_frame_rx_byte(struct tl_frame_rx *rx, uint8_t c)
{
	if (rx->state == RESTART)
		start(rx, rx->pending);
	if (rx->state == OUTSIDE)
		return outside(rx, c);

	/* A bare '$' never stands in a frame, nor '%' in a notification: the old one was cut
	   short. */
	if (c == '$' || (c == '%' && rx->first == '%')) {
		rx->pending = c;
		rx->state = RESTART;
		return TL_FRAME_BAD;
	}
	rx->buf[rx->len++] = c;
	switch (rx->state) {
	case DATA:
		if (!name_fits(rx))
			return bad(rx);
		if (c == '#')
			rx->state = SUM_HIGH;
		else
			rx->sum = (uint8_t)(rx->sum + c);
		break;
	case SUM_HIGH:
		if (tl_hex_digit(c) < 0)
			return bad(rx);
		rx->state = SUM_LOW;
		break;
	default:
		if (tl_hex_digit(c) < 0 ||
		    tl_hex_digit(rx->buf[rx->len - 2]) * 16 + tl_hex_digit(c) != rx->sum)
			return bad(rx);
		rx->state = OUTSIDE;
		unescape(rx);
		return rx->first == '$' ? TL_FRAME_PACKET : TL_FRAME_NOTIFY;
	}
	return rx->len == rx->size ? bad(rx) : TL_FRAME_MORE;
}

bool tl_frame_rx_busy(const struct tl_frame_rx *rx)
{
	return rx->state != OUTSIDE;
}

enum tl_frame_event tl_frame_rx_abandon(struct tl_frame_rx *rx)
{
	if (rx->state == OUTSIDE)
		return TL_FRAME_MORE;
	if (rx->state == RESTART)
		start(rx, rx->pending);
	return bad(rx);
}

void tl_frame_open(struct tl_frame_tx *tx, char kind)
{
	tx->out[0] = (uint8_t)kind;
	tx->len = 1;
	tx->sum = 0;
	tx->full = false;
}

unsigned tl_frame_room(const struct tl_frame_tx *tx)
{
	unsigned free = tx->size - tx->len;

	return free < TL_FRAME_TRAILER ? 0 : (free - TL_FRAME_TRAILER) / 2;
}

/* `#`, `$`, `%`, `*` and `}` mean something. */
static inline bool must_be_escaped(uint8_t byte)
{
	enum {
		FIRST = '#',
		SET = 1 | 1 << ('$' - FIRST) | 1 << ('%' - FIRST) | 1 << ('*' - FIRST)
	};
	unsigned i = (unsigned)byte - FIRST;

	return (i < 8 && SET >> i & 1) || byte == '}';
}

bool tl_frame_data(struct tl_frame_tx *tx, const uint8_t *bytes, unsigned n, unsigned spare,
                   uint16_t *crc)
{
	uint8_t *out = tx->out + tx->len;
	unsigned sum = tx->sum;
	const uint8_t *end = tx->out + tx->size - TL_FRAME_TRAILER - 2 * spare;
	uint16_t check = *crc;

	for (unsigned i = 0; i < n; i++) {
		uint8_t c = bytes[i];

		check = tl_crc16(check, c);
		if (must_be_escaped(c)) {
			*out++ = '}';
			sum += '}';
			c ^= 0x20;
		}
		*out++ = c;
		sum += c;
		if (out > end)
			return false;
	}
	tx->len = (uint16_t)(out - tx->out);
	tx->sum = (uint8_t)sum;
	*crc = check;
	return true;
}

void tl_frame_put(struct tl_frame_tx *tx, uint8_t byte)
{
	uint16_t crc = 0; /* of nothing */

	if (!tl_frame_data(tx, &byte, 1, 0, &crc))
		tx->full = true;
}

void tl_frame_puts(struct tl_frame_tx *tx, const char *s)
{
	while (*s)
		tl_frame_put(tx, (uint8_t)*s++);
}

void tl_frame_hex(struct tl_frame_tx *tx, uintptr_t v)
{
	uint8_t digits[2 * sizeof v];
	unsigned n = tl_put_hex(digits, v);

	for (unsigned i = 0; i < n; i++)
		tl_frame_put(tx, digits[i]);
}

void tl_frame_bytes(struct tl_frame_tx *tx, const void *bytes, unsigned n)
{
	const uint8_t *b = bytes;

	for (unsigned i = 0; i < n; i++) {
		tl_frame_put(tx, tl_hex_char(b[i] >> 4));
		tl_frame_put(tx, tl_hex_char(b[i] & 0xf));
	}
}

bool tl_frame_close(struct tl_frame_tx *tx)
{
	uint8_t sum = tx->sum;

	if (tx->full)
		return false;
	tx->out[tx->len++] = '#';
	tx->out[tx->len++] = tl_hex_char(sum >> 4);
	tx->out[tx->len++] = tl_hex_char(sum & 0xf);
	return true;
}

static void put_digits(struct tl_frame_tx *tx, uint32_t v)
{
	for (unsigned shift = 32; shift; shift -= 4)
		tl_frame_put(tx, tl_hex_char(v >> (shift - 4) & 0xf));
}

void tl_frame_put_crc(struct tl_frame_tx *tx)
{
	uint32_t crc = 0xffffffff;

	for (unsigned i = 1; i < tx->len; i++)
		crc = tl_crc32(crc, tx->out[i] == '}' ? tx->out[++i] ^ 0x20 : tx->out[i]);
	tl_frame_put(tx, ';');
	put_digits(tx, crc);
}

enum tl_frame_crc tl_frame_take_crc(const uint8_t *data, unsigned *n)
{
	uint32_t crc = 0xffffffff;

	if (*n < TL_FRAME_CRC || data[*n - TL_FRAME_CRC] != ';')
		return TL_CRC_NONE;
	*n -= TL_FRAME_CRC;
	for (unsigned i = 0; i < *n; i++)
		crc = tl_crc32(crc, data[i]);
	for (unsigned i = 1; i < TL_FRAME_CRC; i++, crc <<= 4)
		if (tl_hex_digit(data[*n + i]) != (int)(crc >> 28))
			return TL_CRC_WRONG;
	return TL_CRC_RIGHT;
}
