/* SPDX-License-Identifier: MIT */
/*
 * Packets that write pages of flash. SPEC.md has the fields.
 */
#include "base/clock.h"
#include "line/client.h"
#include "line/packet.h"
#include "probe/flash.h"

#if TL_FLASH

/* One page a packet: that takes long enough. */
int tl_packet_set_flash(struct tl_args *in, struct tl_frame_tx *out)
{
	uint32_t began = tl_ticks();
	uintptr_t add;
	int wrote;

	if (!tl_arg(in, &add) || add > 1)
		return -TL_EINVAL;
	if (!tl_port.flash)
		return -TL_ENOSUP;
	wrote = tl_flash_step(add);
	tl_clock_advance();
	tl_client.heard_ms = tl_clock.now_ms; /* it was not the host that was silent */
	if (wrote < 0)
		return wrote;
	tl_field(out, (unsigned)wrote);
	tl_field(out, tl_flash_left(add));
	tl_field(out, wrote ? tl_ticks() - began : 0);
	return 0;
}

int tl_packet_flash(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_flash_state now;

	(void)in;
	if (!tl_port.flash)
		return -TL_ENOSUP;
	now = tl_flash_now();
	tl_field(out, tl_port.flash->ncopies);
	tl_field(out, now.used);
	tl_field(out, tl_flash_left(true));
	tl_field(out, now.erases);
	tl_field(out, now.back);
	return 0;
}

#endif
