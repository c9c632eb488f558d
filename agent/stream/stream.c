/* SPDX-License-Identifier: MIT */
/*
 * The stream: takes records from the ring and packs them into `%Tl:` frames (SPEC.md). Records are
 * delta-coded here, when the ring drains, so that a hit costs only the copy.
 *
 * A frame is sent when it is full, or when its first record has waited LINGER_MS: a busy probe
 * fills frames, a rare one is still seen at once.
 */
#include "stream/stream.h"

#include "base/util.h"
#include "line/client.h"
#include "pack.h"
#include "stream/ring.h"

TL_RAM(".bss");

struct tl_record_format tl_format;

enum { LINGER_MS = 20, CRC_BYTES = 2, FULL_RECORDS = TL_FRAME_SIZE / 16 };

static struct tl_delta deltas[TL_DELTAS];
static uint8_t delta_owner[TL_DELTAS]; /* index of the remote + 1; 0: free */
static uint8_t frame_number;
static uint8_t to_key; /* frames until the next key frame */
static uint32_t last_time;
static uint32_t waiting_since; /* ms */
static bool waiting;

_Static_assert(TL_DELTAS >= 1 && TL_DELTAS < TL_NO_DELTA, "TL_DELTAS");
_Static_assert(TL_KEY_INTERVAL >= 1 && TL_KEY_INTERVAL <= 127, "TL_KEY_INTERVAL");

/*
 * A frame holds any record: one that did not fit would never leave the ring. On the wire no varint
 * is longer than TL_VARINT_MAX: only its last byte can need an escape, and the last byte of the
 * longest ones is too small.
 */
enum {
	FRAME_HEAD_MAX = 4 + 2 + 5, /* `%Tl:`, head, time */
	RECORD_MAX = 17 + TL_VARINT_MAX * (TL_RECORD_REGS + 1),
};
_Static_assert(TL_FRAME_SIZE >= FRAME_HEAD_MAX + RECORD_MAX + 2 * CRC_BYTES + TL_FRAME_TRAILER,
               "TL_FRAME_SIZE");

void tl_stream_init(void)
{
	tl_format.word = tl_arch_isa->word;
	tl_format.nregs = tl_arch_isa->ncore;
	for (unsigned i = 0; i < tl_arch_isa->ncore; i++)
		if (tl_arch_isa->regs[i].kind == TL_REG_FLAGS)
			tl_format.flags |= (uintptr_t)1 << i;
}

void tl_stream_start(void)
{
	to_key = 0;
	waiting = false;
}

static void forget_all(void)
{
	for (unsigned i = 0; i < TL_DELTAS; i++)
		if (delta_owner[i])
			tl_remotes[delta_owner[i] - 1].delta = TL_NO_DELTA;
	tl_zero(delta_owner, sizeof delta_owner);
}

/* The id may come back as another probe: the host is told by a key frame. */
void tl_stream_forget(struct tl_remote *r)
{
	if (r->delta == TL_NO_DELTA)
		return;
	delta_owner[r->delta] = 0;
	r->delta = TL_NO_DELTA;
	to_key = 0;
}

/* The base of a probe's next record; NULL when all are taken: then a key frame must begin. */
static struct tl_delta *delta_of(struct tl_remote *r)
{
	unsigned i;

	if (r->delta != TL_NO_DELTA)
		return &deltas[r->delta];
	for (i = 0; i < TL_DELTAS && delta_owner[i]; i++)
		;
	if (i == TL_DELTAS)
		return 0;
	delta_owner[i] = (uint8_t)(r - tl_remotes + 1);
	r->delta = (uint8_t)i;
	tl_zero(&deltas[i], sizeof deltas[i]);
	return &deltas[i];
}

/* Data of a frame: what goes into it also goes into its CRC. */
struct payload {
	struct tl_frame_tx *tx;
	uint16_t crc;
};

static void put(struct payload *p, const uint8_t *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		tl_frame_put(p->tx, bytes[i]);
		p->crc = tl_crc16(p->crc, bytes[i]);
	}
}

/* Registers as the host wants them, or the words of a fetch program. */
static uintptr_t selected(const struct tl_remote *r, unsigned words)
{
#if TL_FETCH
	if (r->program)
		return ((uintptr_t)2 << (words - 1)) - 1;
#else
	(void)words;
#endif
	return r->select;
}

/* Appends a record; false: the frame has no room for it, and nothing has changed. */
static bool put_record(struct payload *p, struct tl_remote *r, const uintptr_t *record)
{
	uint8_t code[RECORD_MAX];
	struct tl_delta *base = delta_of(r), undo;
	struct tl_frame_tx tx = *p->tx;
	uint32_t time = last_time;
	uint16_t crc = p->crc;
	bool returned = r->kind & TL_KIND_RETURN;
	unsigned n, words = tl_ring_words(record) - TL_RECORD_HEAD - returned;
	const struct tl_snapshot s = {
	        .probe = r->id,
	        .returned = returned,
	        .seq = (uint32_t)record[1],
	        .time = (uint32_t)record[2],
	        .elapsed = returned ? (uint32_t)record[TL_RECORD_HEAD + words] : 0,
	        .regs = record + TL_RECORD_HEAD,
	        .select = selected(r, words),
	        .user = record[0] & TL_RING_USER,
	};

	if (!base)
		return false;
	tl_copy(&undo, base, sizeof undo);
	n = tl_record_encode(code, &tl_format, &s, base, &last_time);
	put(p, code, n);
	if (!p->tx->full && tl_frame_room(p->tx) >= CRC_BYTES)
		return true;
	tl_copy(base, &undo, sizeof undo);
	*p->tx = tx;
	p->crc = crc;
	last_time = time;
	return false;
}

/* Is there something that should go now? */
static bool due(uint32_t now_ms)
{
	if (!tl_ring_peek())
		return waiting = false;
	if (!waiting) {
		waiting = true;
		waiting_since = now_ms;
	}
	return now_ms - waiting_since >= LINGER_MS ||
	       tl_ring_used() >= (unsigned)TL_RING_WORDS / 2 ||
	       tl_ring_used() >= FULL_RECORDS * (TL_RECORD_HEAD + (unsigned)tl_format.nregs);
}

/* The remote that a record belongs to, NULL if it has been deleted since. */
static struct tl_remote *owner(const uintptr_t *record)
{
	struct tl_remote *r = &tl_remotes[record[0] >> 8 & 0xff];

	return r->id == (record[0] & 0xff) ? r : 0;
}

static void put_head(struct payload *p, uint32_t time)
{
	bool key = !to_key;
	uint8_t head[1 + TL_VARINT_MAX];
	unsigned n = 1;

	head[0] = (uint8_t)((key ? TL_FRAME_KEY : 0) | (frame_number & 0x7f));
	if (key) {
		forget_all();
		n += tl_put_varint(head + 1, time);
		last_time = time;
		to_key = TL_KEY_INTERVAL;
	}
	frame_number++;
	to_key--;
	put(p, head, n);
}

static bool next_frame(struct tl_frame_tx *tx, uint32_t now_ms)
{
	struct payload p = {.tx = tx, .crc = 0xffff};
	const uintptr_t *record;

	while ((record = tl_ring_peek()) && !owner(record))
		tl_ring_drop();
	if (!due(now_ms))
		return false;
	waiting = false;
	if (!delta_of(owner(record)))
		to_key = 0;
	tl_frame_open(tx, '%');
	tl_frame_puts(tx, "Tl:");
	put_head(&p, (uint32_t)record[2]);
	for (; (record = tl_ring_peek()); tl_ring_drop()) {
		struct tl_remote *r = owner(record);

		if (r && !put_record(&p, r, record))
			break;
	}
	tl_frame_put(tx, (uint8_t)(p.crc >> 8));
	tl_frame_put(tx, (uint8_t)p.crc);
	return tl_frame_close(tx);
}

static void gone(void)
{
	tl_remote_del_all(false);
}

const struct tl_native tl_native = {.frame = next_frame, .gone = gone};
