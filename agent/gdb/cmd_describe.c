/* SPDX-License-Identifier: MIT */
/*
 * What GDB asks about the target with qXfer: the description of its registers, the memory map, and
 * images, as XML made from tables. Follows the manual of GDB 13, "Target Descriptions", "Standard
 * Target Features", "Memory Map Format", "Library List Format". A document type and a version of
 * XML are GDB's to know.
 */
#include "base/clock.h"
#include "base/util.h"
#include "debug.h"
#include "line/packet.h"

#include "pack.h"
#include "probe/image.h"
#include "trace/trace.h"

#if TL_GDB

/* A window on a text that is made anew for each part of it that GDB asks for. */
struct window {
	struct tl_frame_tx *out;
	uintptr_t skip, left;
	bool more;
};

static void put(struct window *w, const char *s)
{
	for (; *s; s++) {
		if (w->skip) {
			w->skip--;
		} else if (w->left) {
			w->left--;
			tl_frame_put(w->out, (uint8_t)*s);
		} else {
			w->more = true;
		}
	}
}

static void put_text(struct window *w, const char *name, const char *value)
{
	put(w, " ");
	put(w, name);
	put(w, "=\"");
	put(w, value);
	put(w, "\"");
}

static void put_number(struct window *w, const char *name, uintptr_t v)
{
	char digits[2 + 2 * sizeof v + 1];

	digits[0] = '0';
	digits[1] = 'x';
	digits[2 + tl_put_hex((uint8_t *)digits + 2, v)] = 0;
	put_text(w, name, digits);
}

static void begin_reg(struct window *w, const char *name, unsigned number, unsigned bits,
                      const char *type)
{
	put(w, "<reg");
	put_text(w, "name", name);
	put_number(w, "bitsize", bits);
	put_number(w, "regnum", number);
	if (type)
		put_text(w, "type", type);
}

static void end_reg(struct window *w)
{
	put(w, "/>\n"); /* GDB saves it by lines, of no more than 1000 bytes */
}

/* LLDB unwinds by DWARF's numbers, and does not know those of every architecture; GDB passes over
 * what it does not know. */
static void put_core_reg(struct window *w, unsigned i)
{
	const struct tl_isa *isa = tl_arch_isa;
	const struct tl_reg *reg = &isa->regs[i];

	begin_reg(w, reg->name, reg->gdb, 8 * sizeof(uintptr_t),
	          i == isa->pc   ? "code_ptr"
	          : i == isa->sp ? "data_ptr"
	                         : 0);
	if (reg->dwarf != TL_NO_DWARF_REG) {
		put_number(w, "dwarf_regnum", reg->dwarf);
		put_number(w, "ehframe_regnum", reg->dwarf);
	}
	if (i == isa->pc || i == isa->sp || i == isa->lr)
		put_text(w, "generic", i == isa->pc ? "pc" : i == isa->sp ? "sp" : "ra");
	end_reg(w);
}

static void put_system_reg(struct window *w, const struct tl_system_reg *reg, bool keep)
{
	begin_reg(w, reg->name, reg->gdb, reg->bits, reg->type);
	if (!keep)
		put_text(w, "save-restore", "no");
	end_reg(w);
}

static void begin_feature(struct window *w, const char *name)
{
	put(w, "<feature");
	put_text(w, "name", name);
	put(w, ">");
}

static void registers(struct window *w)
{
	const struct tl_isa *isa = tl_arch_isa;

	put(w, "<target version=\"1.0\"><architecture>");
	put(w, isa->gdb_arch);
	put(w, "</architecture><osabi>none</osabi>"); /* else a GDB for Linux takes it for that, and
	                                                 steps by breakpoints */
	begin_feature(w, isa->gdb_feature);
	if (isa->regs[0].gdb) {
		begin_reg(w, "zero", 0, 8 * sizeof(uintptr_t), 0);
		end_reg(w);
	}
	for (unsigned i = 0; i < isa->ncore; i++)
		put_core_reg(w, i);
	put(w, "</feature>");
	for (const struct tl_reg_feature *f = tl_arch_features; f->name; f++) {
		begin_feature(w, f->name);
		for (unsigned i = 0; i < f->count; i++)
			put_system_reg(w, &f->regs[i], f->keep || i < f->in_g);
		put(w, "</feature>");
	}
	put(w, "</target>");
}

static void memory(struct window *w)
{
	put(w, "<memory-map>");
	for (const struct tl_region *r = tl_port.memory; r->length; r++) {
		put(w, "<memory");
		put_text(w, "type", r->rom == true ? "rom" : "ram");
		put_number(w, "start", r->start);
		put_number(w, "length", r->length);
		put(w, "/>");
	}
	put(w, "</memory-map>");
}

/* :offset,length -> m or, at the end, l, and the text */
static int serve(struct tl_args *in, struct tl_frame_tx *out, void (*text)(struct window *))
{
	uint16_t kind = out->len;
	struct window w;

	w.out = out;
	w.more = false;
	if (!tl_arg(in, &w.skip) || !tl_arg(in, &w.left) || in->at != in->end)
		return -TL_EPACKET;
	tl_frame_put(out, 'm');
	if (w.left > tl_frame_room(out))
		w.left = tl_frame_room(out);
	text(&w);
	if (!w.more) {
		out->out[kind] = 'l';
		out->sum = (uint8_t)(out->sum + 'l' - 'm');
	}
	return 0;
}

int tl_packet_features(struct tl_args *in, struct tl_frame_tx *out)
{
	return serve(in, out, registers);
}

#if TL_TRACE
static void traceframe(struct window *w)
{
	const struct tl_traceframe *f = tl_traceframe_selection();
	struct tl_trace_block b;

	put(w, "<traceframe-info>");
	for (uint32_t at = f->at; tl_traceframe_block(f, at, &b); at = b.next) {
		if (b.kind == 'R' || (b.kind == 'M' && !b.size))
			continue;
		put(w, b.kind == 'M' ? "<memory" : "<tvar");
		put_number(w, b.kind == 'M' ? "start" : "id",
		           b.kind == 'M' ? (uintptr_t)b.addr : b.number);
		if (b.kind == 'M')
			put_number(w, "length", b.size);
		put(w, "/>");
	}
	put(w, "</traceframe-info>");
}

int tl_packet_traceframe_info(struct tl_args *in, struct tl_frame_tx *out)
{
	return tl_traceframe_selected() ? serve(in, out, traceframe) : -TL_EINVAL;
}
#endif

#if TL_IMAGES
/* Segments in the order that the firmware gives them, which is to be the ELF's. */
static void libraries(struct window *w)
{
	put(w, "<library-list>");
	for (unsigned i = 1; i <= TL_IMAGES; i++) {
		const struct tl_image *image = tl_image_of(i);

		if (!image)
			continue;
		put(w, "<library");
		put_text(w, "name", tl_image_name(i));
		put(w, ">");
		for (unsigned n = 0; n < image->count; n++) {
			put(w, "<segment");
			put_number(w, "address", image->segments[n].base);
			put(w, "/>");
		}
		put(w, "</library>");
	}
	put(w, "</library-list>");
}

int tl_packet_libraries(struct tl_args *in, struct tl_frame_tx *out)
{
	return serve(in, out, libraries);
}
#endif

int tl_packet_memory_map(struct tl_args *in, struct tl_frame_tx *out)
{
	return tl_port.memory ? serve(in, out, memory) : -TL_ENOSUP;
}

#endif
