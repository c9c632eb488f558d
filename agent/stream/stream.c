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
#include "stack.h"
#include "stream/fetched.h"
#include "stream/ring.h"
#include "stream/stacks.h"

TL_RAM(".bss");

struct tl_record_format tl_format;

enum { LINGER_MS = 20, CRC_BYTES = 2, FULL_RECORDS = TL_FRAME_SIZE / 16 };

static struct tl_delta deltas[TL_DELTAS];
static uint8_t delta_owner[TL_DELTAS]; /* index of the remote + 1; 0: free */
static uint8_t frame_number;
static uint8_t to_key; /* frames to the next key frame, which is not amid a stack; 0: it is next */
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
	FRAME_HEAD_MAX = 4 + 2 + 5,       /* `%Tl:`, head, time */
	SHAPE_MAX = TL_STACK ? 3 * 3 : 0, /* of a stack */
	RECORD_MAX = 17 + TL_VARINT_MAX * (TL_RECORD_REGS + 1) + SHAPE_MAX,
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

/* ---- stacks: a record's own may take several frames ---- */

#if TL_STACK
/* Of the oldest record, if it is on its way: n is not 0. */
static struct tl_stack_way way;

/* A key frame begins: what it begins amid of is sent anew. */
static void forget_stacks(void)
{
	for (struct tl_remote *r = tl_remotes; r < tl_remotes + TL_PROBES; r++)
		r->known = 0;
	way.n = 0;
}
#else
static void forget_stacks(void)
{
}
#endif

static void forget_all(void)
{
	for (unsigned i = 0; i < TL_DELTAS; i++)
		if (delta_owner[i])
			tl_remotes[delta_owner[i] - 1].delta = TL_NO_DELTA;
	forget_stacks();
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

static bool put(struct payload *p, const uint8_t *bytes, unsigned n)
{
	return tl_frame_data(p->tx, bytes, n, CRC_BYTES, &p->crc);
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

/* Words of the ring's record that are not its stack's. */
static unsigned words_of(const struct tl_remote *r, const uintptr_t *record)
{
#if TL_FETCH
	if (r->program)
		return tl_program_words(r->program);
#endif
	return tl_stacked(r)
	               ? TL_RECORD_REGS
	               : tl_ring_words(record) - TL_RECORD_HEAD - !!(r->kind & TL_KIND_RETURN);
}

#if TL_STACK
/* Where a record's stack begins: with its shape. */
static const uintptr_t *stack_of(const struct tl_remote *r, const uintptr_t *record)
{
	return record + TL_RECORD_HEAD + words_of(r, record) + !!(r->kind & TL_KIND_RETURN);
}

static const struct tl_stack_shape *shape_of(const struct tl_remote *r, const uintptr_t *record)
{
	static struct tl_stack_shape shape;

	if (!r->stack)
		return 0;
	tl_stack_shape(r, *stack_of(r, record), &shape);
	shape.base = (uint16_t)tl_stack_words(&shape, tl_format.nregs);
	if (shape.base > r->known)
		shape.base = r->known;
	return &shape;
}

/* The record is in the frame, and its stack follows. */
static void begin_stack(struct tl_remote *r, const struct tl_stack_shape *shape)
{
	way.at = 0;
	way.n = tl_stack_words(shape, tl_format.nregs);
	way.base = shape->base;
	r->known = 0;
}

static bool stack_fits(const struct payload *p, unsigned bytes)
{
	return tl_frame_room(p->tx) >= bytes + TL_STACK_END + CRC_BYTES;
}

static void put_token(struct payload *p, struct tl_remote *r, const uintptr_t *words)
{
	unsigned room, from = way.at, n;
	uintptr_t *kept = tl_stack_kept(r, &room);
	uint8_t code[TL_STACK_TOKEN];

	n = tl_stack_encode(code, &tl_format, words, kept, &way);
	put(p, code, n);
	for (; from < way.at && from < room; from++)
		kept[from] = words[from];
	if (way.at == way.n)
		r->known = (uint16_t)(way.n < room ? way.n : room);
}

/* Appends what is left of the stack, as much as there is room for; false: it is not all. */
static bool put_stack(struct payload *p, struct tl_remote *r, const uintptr_t *record)
{
	static const uint8_t end[TL_STACK_END];
	uint8_t head[TL_VARINT_MAX];

	if (way.at == way.n)
		return true;
	if (!stack_fits(p, TL_VARINT_MAX + TL_STACK_TOKEN))
		return false;
	put(p, head, tl_put_varint(head, (uintptr_t)r->id << TL_RECORD_SHIFT | TL_RECORD_PIECE));
	while (way.at < way.n && stack_fits(p, TL_STACK_TOKEN))
		put_token(p, r, stack_of(r, record) + 1);
	if (way.at < way.n)
		put(p, end, sizeof end);
	return way.at == way.n;
}

static bool amid_stack(void)
{
	return way.n;
}

static bool end_stack(struct payload *p, struct tl_remote *r, const uintptr_t *record)
{
	if (way.n && !put_stack(p, r, record))
		return false;
	way.n = 0;
	return true;
}
#else
static const struct tl_stack_shape *shape_of(const struct tl_remote *r, const uintptr_t *record)
{
	(void)r, (void)record;
	return 0;
}

static void begin_stack(struct tl_remote *r, const struct tl_stack_shape *shape)
{
	(void)r, (void)shape;
}

static bool amid_stack(void)
{
	return false;
}

static bool end_stack(struct payload *p, struct tl_remote *r, const uintptr_t *record)
{
	(void)p, (void)r, (void)record;
	return true;
}
#endif

/* Appends a record; false: the frame has no room for it, and nothing has changed. */
static bool put_record(struct payload *p, struct tl_remote *r, const uintptr_t *record)
{
	uint8_t code[RECORD_MAX];
	struct tl_delta *base = delta_of(r);
	bool returned = r->kind & TL_KIND_RETURN;
	unsigned words = words_of(r, record);
	uintptr_t mask;
	const struct tl_snapshot s = {
	        .probe = r->id,
	        .returned = returned,
	        .seq = (uint32_t)record[1],
	        .time = (uint32_t)record[2],
	        .elapsed = returned ? (uint32_t)record[TL_RECORD_HEAD + words] : 0,
	        .regs = record + TL_RECORD_HEAD,
	        .select = selected(r, words),
	        .user = record[0] & TL_RING_USER,
	        .stack = shape_of(r, record),
	};

	if (!base || !put(p, code, tl_record_encode(code, &tl_format, &s, base, last_time, &mask)))
		return false;
	tl_record_keep(&s, mask, base);
	last_time = s.time;
	if (s.stack)
		begin_stack(r, s.stack);
	return true;
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
	return amid_stack() || now_ms - waiting_since >= LINGER_MS ||
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
	bool key = !to_key || (to_key == 1 && !amid_stack());
	uint8_t head[1 + TL_VARINT_MAX];
	unsigned n = 1;

	head[0] = (uint8_t)((key ? TL_FRAME_KEY : 0) | (frame_number & 0x7f));
	if (key) {
		forget_all();
		n += tl_put_varint(head + 1, time);
		last_time = time;
		to_key = TL_KEY_INTERVAL + 1;
	}
	frame_number++;
	if (to_key > 1)
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

		if (r && !amid_stack() && !put_record(&p, r, record))
			break;
		if (r && !end_stack(&p, r, record))
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
