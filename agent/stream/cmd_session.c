/* SPDX-License-Identifier: MIT */
/*
 * Packets that open, keep and close a session: who is there, and what the target is.
 */
#include "base/clock.h"
#include "line/client.h"
#include "line/console.h"
#include "line/packet.h"
#include "pack.h"
#include "probe/budget.h"
#include "probe/image.h"
#include "stream/build_id.h"
#include "stream/stream.h"

enum { LEASE_MIN_MS = 100, LEASE_MAX_MS = 600000 };

/* Text of an answer: what could be taken for a separator is left out. */
static void text(struct tl_frame_tx *out, const char *s)
{
	tl_frame_put(out, ',');
	for (; s && *s; s++)
		if (*s > ' ' && *s < 0x7f && *s != ',')
			tl_frame_put(out, (uint8_t)*s);
}

/* Settings leave the others out. */
enum {
	FEATURES = (TL_RETURN ? TL_FEATURE_RETURNS : 0) | (TL_DECODE ? TL_FEATURE_DECODER : 0) |
	           (TL_GDB ? TL_FEATURE_GDB : 0) | (TL_TRACE ? TL_FEATURE_TRACE : 0) |
	           (TL_GDB && TL_BYTECODE ? TL_FEATURE_BYTECODE : 0) |
	           (TL_FETCH ? TL_FEATURE_FETCH : 0) | (TL_STACK ? TL_FEATURE_STACK : 0) |
	           (TL_FLASH ? TL_FEATURE_FLASH : 0) | (TL_IMAGES ? TL_FEATURE_IMAGES : 0)
};

static void identify(struct tl_frame_tx *out)
{
	tl_field(out, TL_PROTOCOL_VERSION);
	text(out, tl_arch_isa->name);
	text(out, tl_port.board ? tl_port.board : "unknown");
	tl_field_build_id(out, tl_port.build_id);
	tl_field(out, tl_port.tick_hz);
	tl_field(out, TL_POINTS);
	tl_field(out, TL_PROBES);
	tl_field(out, TL_RING_SIZE);
	tl_field(out, TL_PACKET_SIZE);
	tl_field(out, TL_SLOT_SIZE);
	tl_field(out, FEATURES);
}

/* A host of another version is told what speaks here, and nothing is done: it has another idea of
 * what it asks for. */
int tl_packet_hello(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t version, session, lease, listens = true;

	if (tl_arg(in, &version) && version == TL_PROTOCOL_VERSION) {
		if (!tl_arg(in, &session) || !tl_arg(in, &lease) || !session)
			return -TL_EINVAL;
		if (lease && (lease < LEASE_MIN_MS || lease > LEASE_MAX_MS))
			return -TL_EINVAL;
		if (in->at < in->end && (!tl_arg(in, &listens) || listens > 1))
			return -TL_EINVAL;
		if (tl_client.session != session)
			tl_remote_del_all(false);
		tl_client.session = session;
		tl_client.listens = listens;
		tl_client.lease_ms = lease ? (uint32_t)lease : TL_LEASE_MS;
		tl_client.last = 0; /* the same once more begins the stream once more */
		tl_stream_start();
	}
	identify(out);
	return 0;
}

int tl_packet_ping(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_field(out, tl_client.session);
	tl_field(out, tl_ticks());
	tl_field(out, tl_client.bad_frames);
	tl_field(out, tl_client.overruns);
	tl_field(out, !tl_held());
	tl_field(out, tl_client.expired);
	tl_field(out, tl_client.lease_ms);
	tl_field(out, tl_client.polls);
#if TL_IMAGES
	tl_field(out, tl_image_changes);
#elif TL_BUDGET
	tl_field(out, 0);
#endif
#if TL_BUDGET
	tl_field(out, tl_budget_overloads);
#endif
	return 0;
}

int tl_packet_bye(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t keep;

	(void)out;
	if (!tl_arg(in, &keep))
		return -TL_EINVAL;
	tl_session_end(keep);
	return 0;
}

int tl_packet_key(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t listens = true;

	(void)out;
	if (in->at < in->end && (!tl_arg(in, &listens) || listens > 1))
		return -TL_EINVAL;
	tl_client.listens = listens && tl_client.session;
	tl_stream_start();
	return 0;
}

int tl_packet_input(struct tl_args *in, struct tl_frame_tx *out)
{
	uint8_t bytes[TL_CONSOLE_IN];
	unsigned n = tl_arg_bytes(in, bytes, sizeof bytes), taken = 0;

	if (n > sizeof bytes)
		return -TL_ETOOBIG;
	while (taken < n && tl_console_input(bytes[taken]))
		taken++;
	tl_field(out, taken);
	return 0;
}
