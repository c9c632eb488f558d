/* SPDX-License-Identifier: MIT */
/*
 * Every packet with its handler, of whatever room: packets.def.
 */
#include "line/packet.h"

const struct tl_packet tl_packets[] = {
#define TL_PACKET(name, handler, text) {name, tl_packet_##handler},
#include "packets.def"
#undef TL_PACKET
        {0, 0},
};
