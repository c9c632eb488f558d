/* SPDX-License-Identifier: MIT */
/*
 * GDB's packets for memory: of the firmware, or of the trace frame that is looked at.
 */
#include "line/memory.h"
#include "trace/trace.h"

#if TL_DECODE

int tl_packet_read(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, n;

	if (!tl_arg_range(in, &addr, &n))
		return -TL_EINVAL;
	return tl_traceframe_selected() ? tl_traceframe_answer_memory(addr, n, out)
	                                : tl_memory_put(addr, n, false, out);
}

int tl_packet_write(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, n;

	if (!tl_arg_range(in, &addr, &n) || in->at == in->end || *in->at++ != ':' ||
	    !tl_arg_is_hex(in, n))
		return -TL_EINVAL;
	tl_ok(out);
	return tl_memory_write(addr, n, in, true);
}

/* Binary, as GDB loads programs. One of no bytes asks whether there is this packet. */
int tl_packet_write_binary(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, n;

	if (!tl_arg_range(in, &addr, &n) || in->at == in->end || *in->at++ != ':' ||
	    n != (uintptr_t)(in->end - in->at))
		return -TL_EINVAL;
	tl_ok(out);
	return tl_memory_write(addr, n, in, false);
}

int tl_packet_crc(struct tl_args *in, struct tl_frame_tx *out)
{
	return tl_memory_crc(in, out, 'C');
}

#endif
