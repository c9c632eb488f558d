/* SPDX-License-Identifier: MIT */
/*
 * Packets with which debuggers come and go. See "General Query Packets" in the manual of GDB 13.
 */
#include "base/clock.h"
#include "gdb/halt.h"
#include "line/packet.h"
#include "probe/jump.h"

#if TL_DECODE /* a thin agent has native hosts only */
/* What comes with a debugger's first packet: what an earlier one left behind is removed. */
int tl_packet_supported(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_frame_puts(out, "PacketSize=");
	tl_frame_hex(out, TL_PACKET_SIZE - TL_FRAME_TRAILER -
	                          3); /* of an answer, whose `+` and `$` stand there, too */
	tl_frame_puts(out, ";QStartNoAckMode+");
#if TL_GDB
	tl_gdb_begin();
	tl_frame_puts(out, ";QNonStop+;vContSupported+;qXfer:features:read+");
#if TL_BYTECODE
	tl_frame_puts(out, ";ConditionalBreakpoints+;BreakpointCommands+");
#endif
#if TL_TRACE
	tl_frame_puts(out, ";DisconnectedTracing+;TracepointSource+;EnableDisableTracepoints+;"
	                   "InstallInTrace+;QTBuffer:size+;"
	                   "qXfer:traceframe-info:read+");
#if TL_BYTECODE
	tl_frame_puts(out, ";ConditionalTracepoints+;tracenz+");
#endif
#if TL_FAST
	tl_frame_puts(out, ";FastTracepoints+");
#endif
#endif
#if TL_IMAGES
	tl_frame_puts(out, ";qXfer:libraries:read+");
#endif
	if (tl_port.memory)
		tl_frame_puts(out, ";qXfer:memory-map:read+");
#endif
	return 0;
}
#endif

int tl_packet_noack(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_client.no_ack = true;
	return tl_ok(out);
}

#if TL_DECODE
int tl_packet_attached(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_frame_puts(out, "1");
	return 0;
}

#if !TL_GDB
int tl_packet_thread(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	return tl_ok(out);
}
#endif

/* A native host on the same line keeps its session. */
int tl_packet_detach(struct tl_args *in, struct tl_frame_tx *out)
{
	bool shared;

	if (in->at != in->end && *in->at != ';')
		return -TL_EPACKET;
	shared = tl_debugged() && tl_client.session;
	tl_gdb_end();
	if (!shared)
		tl_session_end(false);
	return tl_ok(out);
}
#endif

#if TL_GDB
/* For a host that shares the line with a debugger: has the debugger's last packet been served, and
 * is a stop due? */
int tl_packet_gdb(struct tl_args *in, struct tl_frame_tx *out)
{
	enum { NONE, RUNS, STOPPED };

	(void)in;
	tl_field(out, !tl_debugged() ? NONE : tl_gdb.stopped ? STOPPED : RUNS);
	tl_field(out, tl_client.foreign);
	return 0;
}
#endif
