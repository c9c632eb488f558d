/* SPDX-License-Identifier: MIT */
/*
 * GDB's packets that look at trace frames. While one is selected, registers and memory are those of
 * the frame, as far as they were collected; memory that GDB has said to be read-only (QTro) is read
 * from the target. Follows "Tracepoint Packets" in the manual of GDB 13.
 */
#include "base/util.h"
#include "expr/tvar.h"
#include "line/packet.h"
#include "probe/text.h"
#include "trace/trace.h"

TL_RAM(".bss");

#if TL_TRACE

enum { CHUNK = 32 };

static struct tl_traceframe selected;

struct search {
	uint64_t from, to;
};

/* A search under way, and where it is. */
static struct {
	struct search what;
	bool (*is)(const struct tl_traceframe *f, const struct search *s);
	struct tl_traceframe at;
} finding;

void tl_traceframe_deselect(void)
{
	selected.upto = selected.at = selected.end = 0;
	/* frames may have gone: from the first that is left */
	tl_copy(&finding.at, &selected, sizeof selected);
}

bool tl_traceframe_selected(void)
{
	return selected.upto;
}

const struct tl_traceframe *tl_traceframe_selection(void)
{
	return &selected;
}

/* ---- registers ---- */

/* The frame's R block: false if registers were not collected. */
static bool find_registers(const struct tl_traceframe *f, struct tl_trace_block *b)
{
	for (uint32_t at = f->at; tl_traceframe_block(f, at, b); at = b->next)
		if (b->kind == 'R')
			return true;
	return false;
}

static unsigned count(void)
{
	return tl_arch_isa->ncore + tl_regs_behind();
}

static uint32_t offset_of(unsigned i)
{
	return tl_trace_regs_size() - (count() - i) * tl_arch_isa->word;
}

/* Without registers, the PC is known: a tracepoint of one place is there. */
static uintptr_t pc_of(const struct tl_traceframe *f)
{
	struct tl_trace_block b;
	uintptr_t pc = 0;

	if (find_registers(f, &b)) {
		tl_trace_copy(b.at + offset_of(TL_REG_PC), &pc, sizeof pc);
		return pc;
	}
	for (unsigned i = 0; i < TL_TRACEPOINTS; i++)
		if (tl_tracepoints[i].number == f->tracepoint)
			pc = tl_tracepoints[i].addr;
	return pc;
}

int tl_traceframe_answer_reg(unsigned i, struct tl_frame_tx *out)
{
	struct tl_trace_block b;
	uintptr_t value = 0;
	bool known = true;

	if (find_registers(&selected, &b)) {
		if (i < count())
			tl_trace_copy(b.at + offset_of(i), &value, sizeof value);
	} else if (i == TL_REG_PC) {
		value = pc_of(&selected);
	} else {
		known = false;
	}
	if (known)
		tl_frame_bytes(out, &value, sizeof value);
	else
		for (i = 0; i < 2 * sizeof value; i++)
			tl_frame_put(out, 'x');
	return 0;
}

int tl_traceframe_answer_regs(struct tl_frame_tx *out)
{
	for (unsigned i = 0; i < tl_arch_isa->regs[0].gdb; i++)
		tl_traceframe_answer_reg(count(), out);
	for (unsigned i = 0; i < count(); i++)
		tl_traceframe_answer_reg(i, out);
	return 0;
}

/* ---- memory ---- */

/* Of the n bytes at `addr`, those that one block has from there on; 0: none. */
static unsigned in_frame(uintptr_t addr, unsigned n, uint8_t *to)
{
	struct tl_trace_block b;

	for (uint32_t at = selected.at; tl_traceframe_block(&selected, at, &b); at = b.next) {
		uint64_t skip = addr - b.addr;

		if (b.kind != 'M' || skip >= b.size)
			continue;
		if (n > b.size - (uint32_t)skip)
			n = b.size - (uint32_t)skip;
		tl_trace_copy(b.at + (uint32_t)skip, to, n);
		return n;
	}
	return 0;
}

static unsigned in_read_only(uintptr_t addr, unsigned n, uint8_t *to)
{
	struct tl_note note = tl_notes_of(TL_OWNER_READ_ONLY);
	uintptr_t range[2];

	while (tl_note_next(&note)) {
		tl_copy(range, note.bytes, sizeof range);
		if (addr - range[0] >= range[1] - range[0])
			continue;
		if (n > range[1] - addr)
			n = (unsigned)(range[1] - addr);
		return tl_read_memory(addr, to, n) ? 0 : n;
	}
	return 0;
}

/* As much from the beginning as there is. */
int tl_traceframe_answer_memory(uintptr_t addr, uintptr_t n, struct tl_frame_tx *out)
{
	uint8_t part[CHUNK];
	uintptr_t done = 0;
	unsigned got = 1;

	if (n > tl_frame_room(out))
		return -TL_ETOOBIG;
	for (; done < n && got; done += got) {
		unsigned some = n - done < CHUNK ? (unsigned)(n - done) : CHUNK;

		got = in_frame(addr + done, some, part);
		if (!got)
			got = in_read_only(addr + done, some, part);
		tl_frame_bytes(out, part, got);
	}
	return done || !n ? 0 : -TL_EFAULT;
}

/* ---- selecting ---- */

static bool by_number(const struct tl_traceframe *f, const struct search *s)
{
	return f->upto == s->from + 1;
}

static bool by_tracepoint(const struct tl_traceframe *f, const struct search *s)
{
	return f->tracepoint == s->from;
}

static bool by_pc(const struct tl_traceframe *f, const struct search *s)
{
	return pc_of(f) == s->from;
}

static bool within(const struct tl_traceframe *f, const struct search *s)
{
	return pc_of(f) - s->from <= s->to - s->from;
}

static bool outside(const struct tl_traceframe *f, const struct search *s)
{
	return !within(f, s);
}

static const struct {
	const char *name;
	uint8_t fields;
	bool (*is)(const struct tl_traceframe *f, const struct search *s);
} searches[] = {
        {"pc:", 1, by_pc},        {"tdp:", 1, by_tracepoint}, {"range:", 2, within},
        {"outside:", 2, outside}, {"", 1, by_number},
};

static unsigned length(const char *s)
{
	unsigned n = 0;

	while (s[n])
		n++;
	return n;
}

/* n, from the oldest on; ffffffff: none. The others look behind the one that is selected. */
static int find_step(struct tl_frame_tx *out)
{
	enum { FRAMES = 16 };

	for (unsigned i = 0; i < FRAMES; i++) {
		if (!tl_traceframe_next(&finding.at)) {
			tl_frame_puts(out, "F-1");
			return 0;
		}
		if (!finding.is(&finding.at, &finding.what))
			continue;
		/* never by assignment: that may call memcpy() */
		tl_copy(&selected, &finding.at, sizeof selected);
		tl_frame_put(out, 'F');
		tl_frame_hex(out, selected.upto - 1);
		tl_frame_put(out, 'T');
		tl_frame_hex(out, selected.tracepoint);
		return 0;
	}
	return TL_LATER;
}

int tl_packet_traceframe(struct tl_args *in, struct tl_frame_tx *out)
{
	struct search s;
	unsigned i = 0, n = 0;

	for (; n = length(searches[i].name),
	       (unsigned)(in->end - in->at) < n || !tl_same(in->at, searches[i].name, n);
	     i++)
		;
	in->at += n;
	if (!tl_arg_wide(in, &s.from) || (searches[i].fields > 1 && !tl_arg_wide(in, &s.to)) ||
	    in->at != in->end)
		return -TL_EPACKET;
	s.from = tl_trace_address(s.from);
	s.to = searches[i].fields > 1 ? tl_trace_address(s.to) : 0;
	if (searches[i].is == by_number && (uint32_t)s.from == UINT32_MAX) {
		tl_traceframe_deselect();
		return tl_ok(out);
	}
	if (tl_work(find_step) && tl_same(&s, &finding.what, sizeof s) &&
	    finding.is == searches[i].is)
		return find_step(out);
	tl_copy(&finding.what, &s, sizeof s);
	finding.is = searches[i].is;
	if (finding.is == by_number)
		finding.at = tl_traceframe_none();
	else
		tl_copy(&finding.at, &selected, sizeof selected);
	return find_step(out);
}

/* ---- what else is in a frame, and all of them ---- */

/* A variable that was collected more than once has the value of the last time, as in trace
   files. */
static bool collected_tvar(uintptr_t number, uint64_t *value)
{
	struct tl_trace_block b;
	bool found = false;

	for (uint32_t at = selected.at; tl_traceframe_block(&selected, at, &b); at = b.next)
		if (b.kind == 'V' && b.number == number) {
			*value = b.addr;
			found = true;
		}
	return found;
}

/* Of the frame that is selected, or as it is now; U: unknown. */
int tl_packet_tvar_value(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t number;
	uint64_t value;

	if (!tl_arg(in, &number) || in->at != in->end)
		return -TL_EPACKET;
	if (tl_traceframe_selected() ? !collected_tvar(number, &value)
	                             : tl_tvar_get((unsigned)number, &value)) {
		tl_frame_put(out, 'U');
		return 0;
	}
	tl_frame_put(out, 'V');
	tl_put_wide(out, value);
	return 0;
}

/* offset,length -> the buffer's bytes, oldest first; l: no more */
int tl_packet_trace_buffer(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t at, n;
	uint8_t part[CHUNK];

	if (!tl_arg(in, &at) || !tl_arg(in, &n) || in->at != in->end)
		return -TL_EPACKET;
	if (at >= tl_trace_buffer.used) {
		tl_frame_put(out, 'l');
		return 0;
	}
	if (n > tl_trace_buffer.used - at)
		n = tl_trace_buffer.used - at;
	if (n > tl_frame_room(out))
		n = tl_frame_room(out);
	for (unsigned some; n; at += some, n -= some) {
		some = n < CHUNK ? (unsigned)n : CHUNK;
		tl_trace_copy((uint32_t)at, part, some);
		tl_frame_bytes(out, part, some);
	}
	return 0;
}

#endif
