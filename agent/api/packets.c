/* SPDX-License-Identifier: MIT */
/*
 * Every packet with its handler, of whatever room: packets.def.
 */
#include "line/packet.h"

/* One text without a pointer for each name, which would take as much as the name. */
const char tl_packet_names[] =
#define TL_PACKET(name, handler, text) name "\0"
#include "packets.def"
#undef TL_PACKET
        ;

tl_packet_fn *const tl_packet_handlers[] = {
#define TL_PACKET(name, handler, text) tl_packet_##handler,
#include "packets.def"
#undef TL_PACKET
};
