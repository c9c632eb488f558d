/* SPDX-License-Identifier: MIT */
/*
 * GDB's packets that define tracepoints and trace state variables, and that give the definitions
 * back to a debugger that comes later. Follows "Tracepoint Packets" in the manual of GDB 13.
 */
#include "base/util.h"
#include "expr/tvar.h"
#include "probe/regs.h"
#include "trace/trace.h"

#if TL_TRACE

#include "pack.h"

TL_RAM(".bss");

/* ---- defining ---- */

/* n:addr */
static struct tl_tracepoint *named(struct tl_args *in)
{
	uintptr_t number, addr;

	return tl_arg(in, &number) && tl_trace_arg_address(in, &addr) && number
	               ? tl_tracepoint_find(number, addr)
	               : 0;
}

/* :E|D:step:pass[:F length][:X len,bytes]… */
static int definition(struct tl_args *in, struct tl_tracepoint *want)
{
	uintptr_t step, pass, length;
	int err = 0;

	tl_arg_is(in, ':');
	want->enabled = tl_arg_is(in, 'E');
	if ((!want->enabled && !tl_arg_is(in, 'D')) || !tl_arg(in, &step) || !tl_arg(in, &pass))
		return -TL_EPACKET;
	want->pass = (uint32_t)pass;
	want->steps = (uint32_t)step;
	while (!err && tl_arg_is(in, ':')) {
		if (tl_arg_is(in, 'X'))
			err = tl_note_expression(in, TL_NOTE_CONDITION, &tl_condition_world);
		else if (tl_arg_is(in, 'S'))
			err = -TL_ENOSUP; /* a static tracepoint */
		else if (tl_arg_is(in, 'F') && tl_arg(in, &length))
			want->fast = (uint8_t)length;
		else
			err = -TL_EPACKET;
	}
	return err;
}

static int define(struct tl_args *in)
{
	struct tl_tracepoint want, *tp;
	uintptr_t number;
	bool more;
	int err;

	tl_zero(&want, sizeof want);
	if (!tl_arg(in, &number) || !number || number > UINT16_MAX ||
	    !tl_trace_arg_address(in, &want.addr))
		return -TL_EPACKET;
	want.number = (uint16_t)number;
	err = definition(in, &want);
	if (err)
		return err;
	more = tl_arg_is(in, '-');
	if (in->at != in->end)
		return -TL_EPACKET;
	err = tl_tracepoint_define(&want, &tp);
	return err || more ? err : tl_tracepoint_complete(tp);
}

/* base,offset,length */
static int memory_action(struct tl_args *in, unsigned stepping)
{
	struct tl_memory_action m;
	uint64_t base, offset;
	bool negative = tl_arg_is(in, '-');

	if (!tl_arg_wide(in, &base) || !tl_arg_wide(in, &offset) || !tl_arg(in, &m.length))
		return -TL_EPACKET;
	m.base = negative ? -1 : (int32_t)base; /* ffffffff is -1, too */
	m.offset = (uintptr_t)offset;
	if (m.base >= 0 && tl_world_reg(0, (unsigned)m.base, 0))
		return -TL_EREG;
	return tl_note_add(TL_NOTE_MEMORY | stepping, &m, sizeof m);
}

static int registers_action(struct tl_args *in, unsigned stepping)
{
	const uint8_t *mask = in->at;

	while (in->at < in->end && tl_hex_digit(*in->at) >= 0)
		in->at++;
	return tl_note_add(TL_NOTE_REGISTERS | stepping, mask, (unsigned)(in->at - mask));
}

/* [S][R mask | M base,offset,length | X len,bytes]… Behind the S, in this packet and others, are
 * those of while-stepping. */
static int actions(struct tl_args *in, bool *stepping, bool *more)
{
	unsigned kind = *stepping ? TL_NOTE_STEPPING : 0;
	int err = 0;

	for (*more = false; !err && in->at < in->end && !*more;) {
		switch (*in->at++) {
		case 'R':
			err = registers_action(in, kind);
			break;
		case 'M':
			err = memory_action(in, kind);
			break;
		case 'X':
			err = tl_note_expression(in, TL_NOTE_EXPRESSION | kind, &tl_trace_world);
			break;
		case 'S':
			kind = TL_NOTE_STEPPING;
			*stepping = true;
			break;
		case 'L': /* static data */
			err = -TL_ENOSUP;
			break;
		case '-':
			*more = true;
			err = in->at == in->end ? 0 : -TL_EPACKET;
			break;
		default:
			err = -TL_EPACKET;
		}
	}
	return err;
}

static int add_actions(struct tl_args *in)
{
	struct tl_tracepoint *tp = named(in);
	bool stepping, more;
	int err;

	if (!tp)
		return -TL_ENOENT;
	if (tp->complete)
		return -TL_EBUSY;
	tl_arg_is(in, ':');
	stepping = tp->stepping;
	err = actions(in, &stepping, &more);
	if (err)
		return err;
	tp->stepping = stepping;
	tl_notes_give(tl_trace_owner(tp));
	return more ? 0 : tl_tracepoint_complete(tp);
}

int tl_packet_tracepoint(struct tl_args *in, struct tl_frame_tx *out)
{
	return tl_trace_answer(tl_arg_is(in, '-') ? add_actions(in) : define(in), out);
}

/* n:addr:type:start:length:bytes. Without room the tracepoint does without: no run needs it. */
int tl_packet_source(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_tracepoint *tp = named(in);
	const uint8_t *head = in->at + 1;
	unsigned n, size, colons = 0;
	struct tl_args hex;
	uint8_t *to;

	if (!tp)
		return tl_trace_answer(-TL_ENOENT, out);
	for (hex.at = head; hex.at < in->end && colons < 3; hex.at++)
		colons += *hex.at == ':';
	hex.end = in->end;
	n = (unsigned)(hex.at - head);
	if (colons < 3 || n > UINT8_MAX || (in->end - hex.at) % 2)
		return tl_trace_answer(-TL_EPACKET, out);
	size = (unsigned)(in->end - hex.at) / 2;
	to = tp->sourceless ? 0 : tl_note_open(TL_NOTE_SOURCE, 1 + n + size);
	if (to) {
		to[0] = (uint8_t)n;
		tl_copy(to + 1, head, n);
		if (size && tl_arg_bytes(&hex, to + 1 + n, size) != size)
			return tl_trace_answer(-TL_EPACKET, out);
		tl_notes_give(tl_trace_owner(tp));
	} else if (!tp->sourceless) {
		tl_trace_drop_source(tp);
	}
	/* actions come before their source */
	return tl_trace_answer(tp->complete ? 0 : tl_tracepoint_complete(tp), out);
}

static int enable(struct tl_args *in, struct tl_frame_tx *out, bool enabled)
{
	struct tl_tracepoint *tp = named(in);

	return tl_trace_answer(tp ? tl_tracepoint_enable(tp, enabled) : -TL_ENOENT, out);
}

int tl_packet_trace_enable(struct tl_args *in, struct tl_frame_tx *out)
{
	return enable(in, out, true);
}

int tl_packet_trace_disable(struct tl_args *in, struct tl_frame_tx *out)
{
	return enable(in, out, false);
}

/* ---- trace state variables: number:value:builtin:name ---- */

struct tvar_note { /* what follows it is :builtin:name */
	uint64_t initial;
	uint32_t number;
};

int tl_packet_tvar(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tvar_note v;
	uintptr_t number;
	unsigned rest;
	uint8_t *to;
	int err;

	tl_zero(&v, sizeof v);
	if (!tl_arg(in, &number) || !tl_arg_wide(in, &v.initial))
		return tl_trace_answer(-TL_EPACKET, out);
	if (number == TL_TVAR_TIME && tl_arg_is(in, ':') && tl_arg_is(in, '1'))
		return tl_ok(out); /* the agent's own, which GDB was given and gives back */
	v.number = (uint32_t)number;
	rest = (unsigned)(in->end - in->at);
	to = tl_note_open(TL_NOTE_TEXT, sizeof v + rest);
	err = to ? tl_tvar_define((unsigned)number, v.initial) : -TL_EFULL;
	if (err)
		return tl_trace_answer(err, out);
	tl_copy(to, &v, sizeof v);
	tl_copy(to + sizeof v, in->at, rest);
	tl_notes_give(TL_OWNER_TVARS);
	return tl_ok(out);
}

static struct tl_note tvar_note;
static bool tvars_own; /* the agent's own is still to be told of */

int tl_packet_more_tvars(struct tl_args *in, struct tl_frame_tx *out)
{
	static const char time[] = "trace_timestamp";
	struct tvar_note v;

	(void)in;
	if (tvars_own) {
		tvars_own = false;
		tl_frame_hex(out, TL_TVAR_TIME);
		tl_frame_puts(out, ":0:1:");
		tl_frame_bytes(out, time, sizeof time - 1);
		return 0;
	}
	if (!tl_note_next(&tvar_note)) {
		tl_frame_put(out, 'l');
		return 0;
	}
	tl_copy(&v, tvar_note.bytes, sizeof v);
	tl_frame_hex(out, v.number);
	tl_frame_put(out, ':');
	tl_put_wide(out, v.initial);
	tl_trace_put_bytes(out, tvar_note.bytes + sizeof v, tvar_note.size - (unsigned)sizeof v);
	return 0;
}

int tl_packet_first_tvar(struct tl_args *in, struct tl_frame_tx *out)
{
	tvar_note = tl_notes_of(TL_OWNER_TVARS);
	tvars_own = TL_BYTECODE;
	return tl_packet_more_tvars(in, out);
}

int tl_packet_tracepoint_status(struct tl_args *in, struct tl_frame_tx *out)
{
	const struct tl_tracepoint *tp = named(in);

	if (!tp)
		return -TL_ENOENT;
	tl_frame_put(out, 'V');
	tl_frame_hex(out, tp->traced);
	tl_trace_put_field(out, tp->usage);
	return 0;
}

/* Of a jump probe; a breakpoint fits the shortest instruction of every instruction set here. */
int tl_packet_fast_length(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_frame_hex(out, TL_FAST ? TL_JUMP_LEN : tl_arch_isa->insn_align);
	return 0;
}

/* ---- definitions, given back ---- */

static struct {
	unsigned tracepoint;
	bool begun;
	struct tl_note note;
} upload;

static void put_named(struct tl_frame_tx *out, char kind, const struct tl_tracepoint *tp)
{
	tl_frame_put(out, (uint8_t)kind);
	tl_frame_hex(out, tp->number);
	tl_trace_put_field(out, tp->addr);
	tl_frame_put(out, ':');
}

static void put_expression(struct tl_frame_tx *out, const struct tl_note *note)
{
	tl_frame_put(out, 'X');
	tl_frame_hex(out, note->size);
	tl_frame_put(out, ',');
	tl_frame_bytes(out, note->bytes, note->size);
}

static void put_definition(struct tl_frame_tx *out, const struct tl_tracepoint *tp)
{
	struct tl_note note = tl_notes_of(tl_trace_owner(tp));

	put_named(out, 'T', tp);
	tl_frame_put(out, tp->enabled ? 'E' : 'D');
	tl_trace_put_field(out, tp->steps);
	tl_trace_put_field(out, tp->pass);
	if (tp->fast) {
		tl_frame_puts(out, ":F");
		tl_frame_hex(out, tp->fast);
	}
	while (tl_note_next(&note))
		if (note.kind == TL_NOTE_CONDITION) {
			tl_frame_put(out, ':');
			put_expression(out, &note);
		}
}

static void put_memory_action(struct tl_frame_tx *out, const struct tl_note *note)
{
	struct tl_memory_action m;

	tl_copy(&m, note->bytes, sizeof m);
	tl_frame_put(out, 'M');
	if (m.base < 0)
		tl_frame_puts(out, "-1");
	else
		tl_frame_hex(out, (uintptr_t)m.base);
	tl_field(out, m.offset);
	tl_field(out, m.length);
}

/* False: nothing of its own. */
static bool put_action(struct tl_frame_tx *out, const struct tl_tracepoint *tp,
                       const struct tl_note *note)
{
	if (note->kind == TL_NOTE_CONDITION)
		return false;
	put_named(out,
	          note->kind == TL_NOTE_SOURCE    ? 'Z'
	          : note->kind & TL_NOTE_STEPPING ? 'S'
	                                          : 'A',
	          tp);
	switch (note->kind & ~TL_NOTE_STEPPING) {
	case TL_NOTE_SOURCE:
		tl_trace_put_bytes(out, note->bytes + 1, note->bytes[0]);
		tl_frame_bytes(out, note->bytes + 1 + note->bytes[0],
		               note->size - 1u - note->bytes[0]);
		break;
	case TL_NOTE_REGISTERS:
		tl_frame_put(out, 'R');
		tl_trace_put_bytes(out, note->bytes, note->size);
		break;
	case TL_NOTE_MEMORY:
		put_memory_action(out, note);
		break;
	default:
		put_expression(out, note);
	}
	return true;
}

int tl_packet_more_tracepoints(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	for (; upload.tracepoint < TL_TRACEPOINTS; upload.tracepoint++, upload.begun = false) {
		const struct tl_tracepoint *tp = &tl_tracepoints[upload.tracepoint];

		if (!tp->number)
			continue;
		if (!upload.begun) {
			upload.begun = true;
			upload.note = tl_notes_of(tl_trace_owner(tp));
			put_definition(out, tp);
			return 0;
		}
		while (tl_note_next(&upload.note))
			if (put_action(out, tp, &upload.note))
				return 0;
	}
	tl_frame_put(out, 'l');
	return 0;
}

int tl_packet_first_tracepoint(struct tl_args *in, struct tl_frame_tx *out)
{
	upload.tracepoint = 0;
	upload.begun = false;
	return tl_packet_more_tracepoints(in, out);
}

#endif
