/* SPDX-License-Identifier: MIT */
/*
 * The frame codec: what goes in comes out, what is no frame is given back as the text that it was.
 */
#include "frame.h"

#include <stdio.h>
#include <string.h>

#include "pack.h"
#include "unit.h"

enum { SIZE = 64 };

static uint8_t rx_bytes[SIZE];
static struct tl_frame_rx rx;

/*
 * Feeds bytes; events as text: '.' more, text as itself in quotes, [data] packet, <data>
 * notification, {raw} bad, + - ! for ack, nak, break.
 */
static const char *feed(const void *bytes, size_t n)
{
	static char out[4096];
	size_t at = 0;
	bool in_text = false;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = ((const uint8_t *)bytes)[i];
		enum tl_frame_event event = tl_frame_rx_byte(&rx, c);

		if (event == TL_FRAME_TEXT) {
			if (!in_text)
				out[at++] = '"';
			out[at++] = (char)c;
			in_text = true;
			continue;
		}
		if (in_text)
			out[at++] = '"';
		in_text = false;
		switch (event) {
		case TL_FRAME_PACKET:
			at += (size_t)sprintf(out + at, "[%.*s]", rx.len, rx.buf);
			break;
		case TL_FRAME_NOTIFY:
			at += (size_t)sprintf(out + at, "<%.*s>", rx.len, rx.buf);
			break;
		case TL_FRAME_BAD:
			at += (size_t)sprintf(out + at, "{%.*s}", rx.len, rx.buf);
			break;
		case TL_FRAME_ACK:
			out[at++] = '+';
			break;
		case TL_FRAME_NAK:
			out[at++] = '-';
			break;
		case TL_FRAME_BREAK:
			out[at++] = '!';
			break;
		default:
			break;
		}
		CHECK(at < sizeof out - SIZE);
	}
	if (in_text)
		out[at++] = '"';
	out[at] = 0;
	return out;
}

/* Text in, events out: a host's decoder (notifications, no acks) unless said otherwise. */
static const struct {
	const char *name, *in, *want;
	bool acks, target; /* target: no notifications expected */
} streams[] = {
        {"a packet", "$OK#9a", "[OK]", false, false},
        {"capital digits", "$OK#9A", "[OK]", false, false},
        {"an empty packet", "$#00", "[]", false, false},
        {"a notification", "%Tl:x#72", "<Tl:x>", false, false},
        {"text around", "ab$OK#9acd", "\"ab\"[OK]\"cd\"", false, false},
        {"a bad sum is text", "$OK#9bx", "{$OK#9b}\"x\"", false, false},
        {"a sum that is no hex is text", "$OK#x9", "{$OK#x}\"9\"", false, false},
        {"a sum that is half hex is text", "$OK#9x9", "{$OK#9x}\"9\"", false, false},
        {"$ within a packet starts another", "$ab$OK#9a", "{$ab}[OK]", false, false},
        {"$ within a sum starts another", "$OK#$OK#9a", "{$OK#}[OK]", false, false},
        {"$ within a notification starts a packet", "%Tl:$OK#9a", "{%Tl:}[OK]", false, false},
        {"% within a notification starts another", "%Tl:%Tl:x#72", "{%Tl:}<Tl:x>", false, false},
        {"% within a packet is data", "$%#25", "[%]", false, false},
        {"dollars in a row", "$$$OK#9a", "{$}{$}[OK]", false, false},
        {"% in text", "50% done", "\"50\"{% }\"done\"", false, false},
        {"%% in text", "5%%d", "\"5\"{%}{%d}", false, false},
        {"a name that begins well", "%Tx", "{%Tx}", false, false},
        {"a notification of another name", "%Stop:#95", "{%S}\"top:#95\"", false, false},
        {"% alone, then a sum", "%#00", "{%#}\"00\"", false, false},
        {"half a name, then a sum", "%T#54", "{%T#}\"54\"", false, false},
        {"an escape", "$}\x03#80", "[#]", false, false},
        {"an escaped escape", "$}]#da", "[}]", false, false},
        {"an escape with nothing behind it", "$a}#de", "[a}]", false, false},
        {"# ends data wherever it stands", "$a#61#61", "[a]\"#61\"", false, false},
        {"acks as text", "+-\x03", "\"+-\x03\"", false, false},
        {"acks", "+-\x03x", "+-!\"x\"", true, false},
        {"acks within a packet are data", "$+#2b+", "[+]+", true, false},
        {"% is text at the target", "50%Tl:x#72", "\"50%Tl:x#72\"", false, true},
        {"% within a packet at the target", "$%#25", "[%]", false, true},
};

static void table(void)
{
	for (unsigned i = 0; i < sizeof streams / sizeof *streams; i++) {
		unit_at("%s", streams[i].name);
		tl_frame_rx_init(&rx, rx_bytes, SIZE, streams[i].target ? NULL : "Tl",
		                 streams[i].acks);
		SAME(feed(streams[i].in, strlen(streams[i].in)), streams[i].want);
	}
}

/* Notifications of several names: whichever the bytes may still become. */
static void names(void)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
	        {"%Tl:x#72", "<Tl:x>"}, {"%Stop:T05#99", "<Stop:T05>"},
	        {"%Sto", ""},           {"%Stx", "{%Stx}"},
	        {"%Tt", "{%Tt}"},       {"%S #73", "{%S }\"#73\""},
	        {"%Stopp", "{%Stopp}"}, {"%Tl#c0", "<Tl>"},
	        {"%x", "{%x}"},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_at("%s", cases[i].in);
		tl_frame_rx_init(&rx, rx_bytes, SIZE, "Tl Stop:", false);
		SAME(feed(cases[i].in, strlen(cases[i].in)), cases[i].want);
	}
}

static unsigned encode(uint8_t *out, unsigned size, char kind, const char *name,
                       const uint8_t *data, unsigned n)
{
	struct tl_frame_tx tx = {.out = out, .size = (uint16_t)size};

	tl_frame_open(&tx, kind);
	tl_frame_puts(&tx, name);
	for (unsigned i = 0; i < n; i++)
		tl_frame_put(&tx, data[i]);
	return tl_frame_close(&tx) ? tx.len : 0;
}

static void all_bytes(void)
{
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			const uint8_t data[] = {(uint8_t)a, (uint8_t)b};
			uint8_t out[16];
			unsigned n = encode(out, sizeof out, b & 1 ? '%' : '$', b & 1 ? "Tl" : "xy",
			                    data, 2),
			         i;

			unit_at("bytes %02x %02x", a, b);
			CHECK(n);
			for (i = 1; i < n - 3; i++)
				CHECK(!strchr("$%#*", out[i]) || !out[i]);
			tl_frame_rx_init(&rx, rx_bytes, SIZE, "Tl", true);
			for (i = 0; i < n - 1; i++)
				EQ(tl_frame_rx_byte(&rx, out[i]), TL_FRAME_MORE);
			EQ(tl_frame_rx_byte(&rx, out[i]),
			   b & 1 ? TL_FRAME_NOTIFY : TL_FRAME_PACKET);
			EQ(rx.len, 4);
			CHECK(!memcmp(rx.buf + 2, data, 2));
		}
}

static void length_limits(void)
{
	uint8_t out[SIZE + 8], data[SIZE];

	memset(data, 'a', sizeof data);
	/* SIZE raw bytes are the most: '$', data, '#', two digits. */
	for (unsigned n = SIZE - 6; n < SIZE; n++) {
		unsigned len = encode(out, sizeof out, '$', "", data, n);
		bool packet = false, bad = false;

		unit_at("%u bytes", n);
		EQ(len, n + 4);
		tl_frame_rx_init(&rx, rx_bytes, SIZE, "Tl", false);
		for (unsigned i = 0; i < len && !bad; i++) {
			enum tl_frame_event event = tl_frame_rx_byte(&rx, out[i]);

			packet |= event == TL_FRAME_PACKET;
			bad = event == TL_FRAME_BAD;
			if (bad) {
				EQ(rx.len, SIZE);
				CHECK(!memcmp(rx.buf, out, SIZE));
			}
		}
		EQ(packet, n + 4 <= SIZE);
		EQ(bad, n + 4 > SIZE);
		EQ(encode(out, SIZE, '$', "", data, n), n + 4 <= SIZE ? n + 4 : 0);
	}
}

static void room(void)
{
	for (unsigned size = 4; size < SIZE; size++) {
		struct tl_frame_tx tx = {.out = rx_bytes, .size = (uint16_t)size};

		unit_at("size %u", size);
		tl_frame_open(&tx, '$');
		for (unsigned n = tl_frame_room(&tx); n; n--) {
			EQ(tl_frame_room(&tx) >= n, 1);
			tl_frame_put(&tx, '}');
		}
		EQ(tl_frame_room(&tx), 0);
		CHECK(tl_frame_close(&tx));
		CHECK(tx.len <= size);
	}
}

static void abandoned(void)
{
	tl_frame_rx_init(&rx, rx_bytes, SIZE, "Tl", false);
	EQ(tl_frame_rx_abandon(&rx), TL_FRAME_MORE);
	SAME(feed("$abc", 4), "");
	CHECK(tl_frame_rx_busy(&rx));
	EQ(tl_frame_rx_abandon(&rx), TL_FRAME_BAD);
	EQ(rx.len, 4);
	CHECK(!tl_frame_rx_busy(&rx));
	SAME(feed("$abc$", 5), "{$abc}");
	CHECK(tl_frame_rx_busy(&rx));
	EQ(tl_frame_rx_abandon(&rx), TL_FRAME_BAD); /* the one that began */
	EQ(rx.len, 1);
	SAME(feed("$OK#9a", 6), "[OK]");
}

/* Whatever came before, a good frame is found after at most one that its '$' cut short; and no byte
 * of text is lost. */
static void fuzz(void)
{
	static const char alphabet[] = "$%#}Tl:*+-a0\x03";

	unit_seed(3);
	tl_frame_rx_init(&rx, rx_bytes, SIZE, "Tl", true);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned n = unit_below(100), given = 0, framed = 0;

		unit_at("round %u", round);
		for (unsigned i = 0; i < n; i++) {
			uint8_t c = unit_below(4)
			                    ? (uint8_t)alphabet[unit_below(sizeof alphabet - 1)]
			                    : (uint8_t)unit_random();

			switch (tl_frame_rx_byte(&rx, c)) {
			case TL_FRAME_MORE:
				break;
			case TL_FRAME_BAD:
				given += rx.len;
				break;
			case TL_FRAME_PACKET:
			case TL_FRAME_NOTIFY:
				framed = n; /* raw length is not known any more */
				break;
			default:
				given++;
			}
			CHECK(rx.len <= SIZE);
		}
		if (tl_frame_rx_abandon(&rx) == TL_FRAME_BAD)
			given += rx.len;
		if (!framed)
			EQ(given, n);
		EQ(tl_frame_rx_byte(&rx, '$'), TL_FRAME_MORE);
		SAME(feed("OK#9a", 5), "[OK]");
	}
}

/* The same without a pause between: rubbish, then a frame. */
static void frame_after_rubbish(void)
{
	unit_seed(4);
	for (unsigned round = 0; round < 20000; round++) {
		bool found = false;

		tl_frame_rx_init(&rx, rx_bytes, SIZE, "Tl", false);
		for (unsigned i = unit_below(80); i; i--)
			tl_frame_rx_byte(&rx, (uint8_t)unit_random());
		for (const char *c = "$OK#9a"; *c; c++)
			found = tl_frame_rx_byte(&rx, (uint8_t)*c) == TL_FRAME_PACKET;
		CHECK(found);
	}
}

/* A bit in a thousand is damaged: RSP's sum lets some packets through that are not what was sent,
 * the CRC none. */
static void damaged(void)
{
	enum { PACKETS = 100000, PER = 1000 };
	static uint8_t big[SIZE];
	unsigned spoiled = 0, passed = 0, wrong = 0;

	unit_seed(7);
	for (unsigned i = 0; i < PACKETS; i++) {
		struct tl_frame_tx tx = {.out = big, .size = sizeof big};
		struct tl_frame_rx to;
		uint8_t in[SIZE];
		bool hurt = false;

		tl_frame_open(&tx, '$');
		tl_frame_puts(&tx, "12,0,");
		tl_frame_bytes(&tx,
		               (const uint8_t[]){(uint8_t)i, (uint8_t)(i >> 8), 3, 4, 5, 6, 7, 8, 9,
		                                 10, 11, 12, 13, 14, 15},
		               15);
		tl_frame_put_crc(&tx);
		CHECK(tl_frame_close(&tx));
		for (unsigned bit = 0; bit < 8u * tx.len; bit++)
			if (!unit_below(PER)) {
				tx.out[bit / 8] ^= (uint8_t)(1 << bit % 8);
				hurt = true;
			}
		spoiled += hurt;
		tl_frame_rx_init(&to, in, sizeof in, NULL, false);
		for (unsigned k = 0; hurt && k < tx.len; k++) {
			char want[64];
			unsigned n;

			if (tl_frame_rx_byte(&to, tx.out[k]) != TL_FRAME_PACKET)
				continue;
			n = to.len;
			passed++;
			snprintf(want, sizeof want, "12,0,%02x%02x030405060708090a0b0c0d0e0f",
			         i & 0xff, i >> 8 & 0xff);
			if (tl_frame_take_crc(in, &n) == TL_CRC_RIGHT)
				wrong += n != strlen(want) || memcmp(in, want, n) != 0;
		}
	}
	CHECK(spoiled > PACKETS / 4);
	CHECK(passed > 100);
	EQ(wrong, 0);
}

static void crc_forms(void)
{
	static const struct {
		const char *data;
		enum tl_frame_crc want;
	} cases[] = {
	        {"", TL_CRC_NONE},
	        {"1,0", TL_CRC_NONE},
	        {"123456789;0376e6e7", TL_CRC_RIGHT},
	        {"123456789;0376E6E7", TL_CRC_RIGHT},
	        {"123456789;0376e6e6", TL_CRC_WRONG},
	        {"123456788;0376e6e7", TL_CRC_WRONG},
	        {"123456789;0376e6ex", TL_CRC_WRONG},
	        {"123456789;376e6e7", TL_CRC_NONE},
	        {"123456789:0376e6e7", TL_CRC_NONE},
	        {";ffffffff", TL_CRC_RIGHT},
	        {"ffffffff", TL_CRC_NONE},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned n = (unsigned)strlen(cases[i].data);

		unit_at("%s", cases[i].data);
		EQ(tl_frame_take_crc((const uint8_t *)cases[i].data, &n), cases[i].want);
		EQ(n, strlen(cases[i].data) - (cases[i].want == TL_CRC_NONE ? 0 : TL_FRAME_CRC));
	}
}

/* Many bytes at once are the same as each by itself; those that do not fit change nothing. */
static void many_at_once(void)
{
	enum { MOST = 12, KEPT = 8 }; /* bytes behind a frame that nobody writes */

	unit_seed(7);
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t one[SIZE + KEPT], all[SIZE + KEPT], bytes[MOST];
		unsigned spare = unit_below(3), n = unit_below(MOST + 1);
		uint16_t size = (uint16_t)(TL_FRAME_TRAILER + 2 * spare + unit_below(40)),
		         crc = 0xffff, want = crc;
		struct tl_frame_tx a = {.out = one, .size = size}, b = {.out = all, .size = size},
		                   was;
		bool fits;

		memset(all, 0xa5, sizeof all);
		for (unsigned i = 0; i < n; i++) {
			bytes[i] = unit_below(3) ? (uint8_t)unit_below(256)
			                         : (uint8_t) "#$%*}"[unit_below(5)];
			want = tl_crc16(want, bytes[i]);
		}
		for (unsigned i = unit_below(4); i--;) {
			tl_frame_put(&a, 'x');
			tl_frame_put(&b, 'x');
		}
		a.full = b.full = false;
		was = b;
		for (unsigned i = 0; i < n; i++)
			tl_frame_put(&a, bytes[i]);
		fits = !a.full && (!n || a.len + TL_FRAME_TRAILER + 2 * spare <= size);
		EQ(tl_frame_data(&b, bytes, n, spare, &crc), fits);
		EQ(crc, fits ? want : 0xffff);
		if (fits) {
			EQ(b.len, a.len);
			EQ(b.sum, a.sum);
			CHECK(!memcmp(one, all, a.len));
		} else {
			EQ(b.len, was.len);
			EQ(b.sum, was.sum);
		}
		for (unsigned i = size; i < sizeof all; i++)
			EQ(all[i], 0xa5);
	}
}

static const struct unit_test tests[] = {
        {"many bytes at once", many_at_once},
        {"notifications of several names", names},
        {"streams of bytes and what they are", table},
        {"every pair of bytes goes through", all_bytes},
        {"the longest frame, and one byte more", length_limits},
        {"room is never promised that is not there", room},
        {"a frame is abandoned", abandoned},
        {"fuzz: all bytes given back, the next frame found", fuzz},
        {"a frame right after rubbish", frame_after_rubbish},
        {"damaged packets", damaged},
        {"forms of the CRC", crc_forms},
};
UNIT_MAIN(tests)
