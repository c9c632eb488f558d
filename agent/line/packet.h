/* SPDX-License-Identifier: MIT */
/*
 * Packets: fields of what came, and of the answer; and the table from their names to handlers,
 * which the top of the agent fills in from packets.def. Base level, or in a halted context.
 */
#ifndef TL_PACKET_H
#define TL_PACKET_H

#include "base/util.h"
#include "frame.h"
#include "trapline.h"

struct tl_args {
	const uint8_t *at, *end;
};

/*
 * Handlers. They append the answer; on error they return -TL_E… and what they wrote is dropped;
 * TL_LATER: the answer comes when there is one.
 */
enum { TL_LATER = 1 };
typedef int tl_packet_fn(struct tl_args *in, struct tl_frame_tx *out);
#define TL_PACKET(name, handler, text) tl_packet_fn tl_packet_##handler;
#include "packets.def"
#undef TL_PACKET

extern const char tl_packet_names[]; /* each ends in 0, behind the last is another */
extern tl_packet_fn *const tl_packet_handlers[];

/* ---- fields ---- */

bool tl_arg(struct tl_args *in, uintptr_t *v); /* the next hex field, its separator skipped */
bool tl_arg_is(struct tl_args *in, char c);    /* the next character, skipped if it is */
/* The rest as hex bytes; size + 1: malformed or more. */
unsigned tl_arg_bytes(struct tl_args *in, uint8_t *out, unsigned size);
void tl_field(struct tl_frame_tx *out, uintptr_t v); /* ",hex" */
int tl_ok(struct tl_frame_tx *out);                  /* GDB's OK; 0 */

/* ---- serving ---- */

/* Of a native packet, that says who it is: the CRC behind data[0..n). */
uint32_t tl_packet_id(const uint8_t *data, unsigned n);
/* Serves data[0..n), a native packet's CRC taken off: TL_CRC_NONE: it had none. */
void tl_packet_serve(const uint8_t *data, unsigned n, enum tl_frame_crc crc,
                     struct tl_frame_tx *out);
static inline bool tl_packet_is_native(const uint8_t *data, unsigned n)
{
	return n > 4 && (data[0] | 0x20) == 'q' && tl_same(data + 1, "Tl.", 3);
}

/*
 * Work that takes longer than a tl_poll() may. A handler calls tl_work(), then the step, and
 * returns what that returns; TL_LATER: it goes on, a step a tl_poll(), until the step returns 0 or
 * -TL_E…, its answer appended to `out`. Any other packet ends it, and so does Ctrl-C; the same
 * packet again must not, hosts repeat themselves: true if this work is what was under way before
 * it.
 */
typedef int tl_work_fn(struct tl_frame_tx *out);
bool tl_work(tl_work_fn *step);
/* Has this step, begun at tl_ticks() `since`, time for more? */
bool tl_work_may_go_on(uint32_t since);
/* A step; true: that was the answer. */
bool tl_packet_go_on(tl_work_fn *step, struct tl_frame_tx *out);

#endif
