/* SPDX-License-Identifier: MIT */
/*
 * Frames of the GDB Remote Serial Protocol: `$packet#cs`, `%notification#cs`, `}` escapes, and the
 * CRC of native packets, shared by agent and host. Follows "GDB Remote Serial Protocol", sections
 * Overview and Notification Packets, in the manual of GDB 13.
 *
 * Neither half allocates or blocks; both may run in an interrupt. A decoder or a writer belongs to
 * one context at a time.
 */
#ifndef TL_FRAME_H
#define TL_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum { TL_PROTOCOL_VERSION = 2 }; /* of SPEC.md: 2 has a CRC in each native packet */

/* What an agent was built with, or'ed: the last field of its answer to QTl.hello. */
enum tl_feature {
	TL_FEATURE_RETURNS = 1,   /* return probes (TL_RETURN) */
	TL_FEATURE_DECODER = 2,   /* it decodes what is probed, and refuses what it must */
	TL_FEATURE_GDB = 4,       /* packets of debuggers (TL_GDB) */
	TL_FEATURE_TRACE = 8,     /* tracepoints (TL_TRACE) */
	TL_FEATURE_BYTECODE = 16, /* agent expressions (TL_BYTECODE) */
	TL_FEATURE_FETCH = 32,    /* fetch programs (TL_FETCH) */
	TL_FEATURE_STACK = 64,    /* stacks (TL_STACK) */
	TL_FEATURE_FLASH = 128,   /* pages of flash are written (TL_FLASH) */
	TL_FEATURE_IMAGES = 256,  /* programs that the firmware loads (TL_IMAGES) */
};

/* What a received byte completed. */
enum tl_frame_event {
	TL_FRAME_MORE,   /* nothing yet: the byte belongs to a frame under way */
	TL_FRAME_TEXT,   /* the byte stands outside any frame: console text */
	TL_FRAME_PACKET, /* `$…#cs` with a good sum: buf[0..len) holds its data, unescaped */
	TL_FRAME_NOTIFY, /* `%…#cs` with a good sum: buf[0..len) holds its data, unescaped */
	TL_FRAME_BAD, /* not a frame after all (sum, length, form): buf[0..len) holds the raw bytes,
	                 '$' or '%' included */
	TL_FRAME_ACK, /* '+' outside a frame */
	TL_FRAME_NAK, /* '-' outside a frame */
	TL_FRAME_BREAK, /* 0x03 outside a frame */
};

/*
 * A decoder. `notify` is the prefix (NUL-terminated, at most a few bytes) that a notification's
 * name must have, or several with a space between; text like "50% done" is then seen not to be a
 * frame after one byte. NULL: notifications are not expected, '%' is text. `acks`: treat '+', '-'
 * and 0x03 outside frames as events; else they are text. When BAD was caused by the start of
 * another frame, that frame is under way already: handle buf before the next byte.
 */
struct tl_frame_rx {
	uint8_t *buf;
	uint16_t size; /* bytes at buf */
	uint16_t len;
	const char *notify;
	bool acks;
	uint8_t state, sum, first, pending; /* private */
};

void tl_frame_rx_init(struct tl_frame_rx *rx, uint8_t *buf, unsigned size, const char *notify,
                      bool acks);
enum tl_frame_event tl_frame_rx_byte(struct tl_frame_rx *rx, uint8_t c);
/* True while a frame is under way: a receiver that waits too long calls tl_frame_rx_abandon(). */
bool tl_frame_rx_busy(const struct tl_frame_rx *rx);
/* Gives up the frame under way: TL_FRAME_BAD with its raw bytes, or TL_FRAME_MORE if there was
 * none. */
enum tl_frame_event tl_frame_rx_abandon(struct tl_frame_rx *rx);

/* A writer: open, put…, close; then out[0..len) goes to the line. */
struct tl_frame_tx {
	uint8_t *out;
	uint16_t size; /* bytes at out */
	uint16_t len;
	uint8_t sum;
	bool full; /* something did not fit: the frame must not be sent */
};

enum { TL_FRAME_TRAILER = 3 }; /* '#' and two digits: kept free by put */

void tl_frame_open(struct tl_frame_tx *tx, char kind);
void tl_frame_put(struct tl_frame_tx *tx, uint8_t byte); /* escapes what must not stand bare */
/* All of them, where they and `spare` bytes more surely fit; the CRC goes on. False: nothing has
 * changed. `size` is 3 + 2 * spare at least. */
bool tl_frame_data(struct tl_frame_tx *tx, const uint8_t *bytes, unsigned n, unsigned spare,
                   uint16_t *crc);
void tl_frame_puts(struct tl_frame_tx *tx, const char *s);
void tl_frame_hex(struct tl_frame_tx *tx, uintptr_t v); /* a number, no leading zeros */
void tl_frame_bytes(struct tl_frame_tx *tx, const void *bytes, unsigned n); /* two digits a byte */
unsigned tl_frame_room(const struct tl_frame_tx *tx); /* unescaped bytes that surely fit */
bool tl_frame_close(struct tl_frame_tx *tx);          /* false: full, nothing to send */

/*
 * RSP's sum has 8 bits and lets through one damaged packet in a few dozen. Native packets and their
 * answers therefore end in `;` and the CRC-32 (pack.h) of all data before it, in eight hex digits.
 */
enum tl_frame_crc { TL_CRC_NONE, TL_CRC_WRONG, TL_CRC_RIGHT };
enum { TL_FRAME_CRC = 9 };                     /* bytes of it */
void tl_frame_put_crc(struct tl_frame_tx *tx); /* of what was put since tl_frame_open() */
/* Of a received packet's data[0..*n): looks at it, and takes it off *n. */
enum tl_frame_crc tl_frame_take_crc(const uint8_t *data, unsigned *n);

#endif
