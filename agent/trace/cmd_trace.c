/* SPDX-License-Identifier: MIT */
/*
 * GDB's packets that set a trace run up, start and stop it, and say how it goes. Follows
 * "Tracepoint Packets" in the manual of GDB 13. What cannot be done is refused with `E.` and a
 * text, which GDB shows.
 */
#include "base/util.h"
#include "expr/tvar.h"
#include "line/console.h"
#include "line/packet.h"
#include "pack.h"
#include "trace/trace.h"

#if TL_TRACE

#include "pack.h"

/* ---- words of packets ---- */

void tl_put_wide(struct tl_frame_tx *out, uint64_t v)
{
	uint32_t high = (uint32_t)(v >> 32), low = (uint32_t)v;

	if (!high) {
		tl_frame_hex(out, low);
		return;
	}
	tl_frame_hex(out, high);
	for (int shift = 28; shift >= 0; shift -= 4)
		tl_frame_put(out, tl_hex_char(low >> shift & 15));
}

/* As tl_get_hex(), but wider than the core. */
bool tl_arg_wide(struct tl_args *in, uint64_t *v)
{
	const uint8_t *from;

	if (!tl_arg_is(in, ','))
		tl_arg_is(in, ':');
	*v = 0;
	for (from = in->at; in->at < in->end && tl_hex_digit(*in->at) >= 0; in->at++) {
		if (*v >> 60)
			return false;
		*v = *v << 4 | (unsigned)tl_hex_digit(*in->at);
	}
	return in->at > from;
}

uint64_t tl_trace_address(uint64_t v)
{
	return (uint64_t)(intptr_t)(uintptr_t)v == v ? (uintptr_t)v : v;
}

bool tl_trace_arg_address(struct tl_args *in, uintptr_t *v)
{
	uint64_t wide;

	if (!tl_arg_wide(in, &wide))
		return false;
	wide = tl_trace_address(wide);
	*v = (uintptr_t)wide;
	return *v == wide;
}

void tl_trace_put_field(struct tl_frame_tx *out, uintptr_t v)
{
	tl_frame_put(out, ':');
	tl_frame_hex(out, v);
}

void tl_trace_put_bytes(struct tl_frame_tx *out, const uint8_t *bytes, unsigned n)
{
	while (n--)
		tl_frame_put(out, *bytes++);
}

int tl_trace_answer(int err, struct tl_frame_tx *out)
{
	tl_notes_drop(TL_OWNER_DRAFT);
	if (!err)
		return tl_ok(out);
	tl_frame_puts(out, "E.");
	tl_frame_puts(out, tl_error_text(err));
	return 0;
}

/* ---- settings ---- */

int tl_packet_trace_init(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_trace_forget();
	return tl_ok(out);
}

/* :start,end… which are read from the target where a frame has nothing */
int tl_packet_trace_read_only(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t range[2] = {0, 0};
	int err = 0;

	while (!err && in->at < in->end)
		err = tl_trace_arg_address(in, &range[0]) && tl_trace_arg_address(in, &range[1])
		              ? tl_note_add(TL_NOTE_RANGE, range, sizeof range)
		              : -TL_EPACKET;
	if (err) {
		/* GDB does not look at the answer */
		tl_say_refused("read-only memory", range[0], err);
		return tl_trace_answer(err, out);
	}
	tl_notes_drop(TL_OWNER_READ_ONLY);
	tl_notes_give(TL_OWNER_READ_ONLY);
	return tl_ok(out);
}

int tl_packet_trace_stays(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t on;

	if (!tl_arg(in, &on))
		return -TL_EPACKET;
	tl_trace.stays = on;
	return tl_ok(out);
}

int tl_packet_trace_circular(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t on;

	if (!tl_arg(in, &on))
		return -TL_EPACKET;
	tl_trace_buffer.circular = on;
	return tl_ok(out);
}

/* -1: all that there is. More than that is that, too; qTStatus tells. */
int tl_packet_trace_size(struct tl_args *in, struct tl_frame_tx *out)
{
	uint64_t size = TL_TRACE_SIZE;

	if (!tl_arg_is(in, '-') && !tl_arg_wide(in, &size))
		return -TL_EPACKET;
	if (size > TL_TRACE_SIZE)
		size = TL_TRACE_SIZE;
	if (tl_trace.running)
		return tl_trace_answer(-TL_EBUSY, out);
	tl_traceframe_deselect();
	tl_trace_buffer_clear();
	tl_trace_buffer.spared = TL_TRACE_SIZE - (uint32_t)size;
	return tl_ok(out);
}

/* user:hex;notes:hex;tstop:hex */
int tl_packet_trace_notes(struct tl_args *in, struct tl_frame_tx *out)
{
	static const struct {
		char first;
		uint8_t owner;
	} kinds[] = {{'u', TL_OWNER_USER}, {'n', TL_OWNER_REMARK}, {'t', TL_OWNER_STOPPED}};

	while (in->at < in->end) {
		char first = (char)*in->at;
		const uint8_t *text;

		while (in->at < in->end && *in->at != ':')
			in->at++;
		for (text = in->at + (in->at < in->end); in->at < in->end && *in->at != ';';)
			in->at++;
		for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
			if (kinds[i].first == first) {
				tl_notes_drop(kinds[i].owner);
				if (tl_note_add(TL_NOTE_TEXT, text, (unsigned)(in->at - text)))
					return tl_trace_answer(-TL_EFULL, out);
				tl_notes_give(kinds[i].owner);
			}
		tl_arg_is(in, ';');
	}
	return tl_ok(out);
}

/* ---- a run ---- */

int tl_packet_trace_start(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	return tl_trace_answer(tl_trace_start(), out);
}

int tl_packet_trace_stop(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_trace_stop(TL_TRACE_STOPPED);
	return tl_ok(out);
}

static void put_note(struct tl_frame_tx *out, enum tl_owner owner)
{
	struct tl_note note = tl_notes_of(owner);

	if (tl_note_next(&note))
		tl_trace_put_bytes(out, note.bytes, note.size);
}

static void put_text(struct tl_frame_tx *out, const char *s)
{
	for (; *s; s++)
		tl_frame_bytes(out, s, 1);
}

static void put_error(struct tl_frame_tx *out)
{
	char digits[2 * sizeof tl_trace.fault + 1];

	put_text(out, tl_error_text(tl_trace.error));
	if (tl_trace.error != -TL_EFAULT)
		return;
	digits[tl_put_hex((uint8_t *)digits, tl_trace.fault)] = 0;
	put_text(out, ": 0x");
	put_text(out, digits);
}

/* Why it does not run: reason[:text]:tracepoint */
static void put_end(struct tl_frame_tx *out)
{
	static const char *const ends[] = {
	        [TL_TRACE_NOT_RUN] = "tnotrun", [TL_TRACE_STOPPED] = "tstop:",
	        [TL_TRACE_FULL] = "tfull",      [TL_TRACE_PASSCOUNT] = "tpasscount",
	        [TL_TRACE_ERROR] = "terror:",   [TL_TRACE_LEFT] = "tdisconnected",
	};
	bool about = tl_trace.end == TL_TRACE_PASSCOUNT || tl_trace.end == TL_TRACE_ERROR;

	tl_frame_put(out, ';');
	tl_frame_puts(out, ends[tl_trace.end]);
	if (tl_trace.end == TL_TRACE_STOPPED)
		put_note(out, TL_OWNER_STOPPED);
	if (tl_trace.end == TL_TRACE_ERROR)
		put_error(out);
	tl_trace_put_field(out, about ? tl_trace.number : 0);
}

int tl_packet_trace_status(struct tl_args *in, struct tl_frame_tx *out)
{
	const struct tl_trace_buffer *b = &tl_trace_buffer;

	(void)in;
	tl_frame_puts(out, tl_trace.running ? "T1" : "T0");
	if (!tl_trace.running)
		put_end(out);
	tl_frame_puts(out, ";tframes");
	tl_trace_put_field(out, b->frames);
	tl_frame_puts(out, ";tcreated");
	tl_trace_put_field(out, b->created);
	tl_frame_puts(out, ";tfree");
	tl_trace_put_field(out, tl_trace_buffer_size() - b->used);
	tl_frame_puts(out, ";tsize");
	tl_trace_put_field(out, tl_trace_buffer_size());
	tl_frame_puts(out, ";circular");
	tl_trace_put_field(out, b->circular);
	tl_frame_puts(out, ";disconn");
	tl_trace_put_field(out, tl_trace.stays);
	tl_frame_puts(out, ";username:");
	put_note(out, TL_OWNER_USER);
	tl_frame_puts(out, ";notes:");
	put_note(out, TL_OWNER_REMARK);
	tl_frame_put(out, ':');
	return 0;
}

#endif
