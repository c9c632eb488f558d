/* SPDX-License-Identifier: MIT */
/*
 * From a packet's name to its handler, and the two forms of answer: GDB's, and the native
 * `TAG,ERROR,FIELD…;CRC`. See SPEC.md.
 */
#include "line/packet.h"

#include "arch.h"
#include "line/client.h"
#include "pack.h"

TL_RAM(".bss");

bool tl_arg(struct tl_args *in, uintptr_t *v)
{
	if (in->at < in->end && (*in->at == ',' || *in->at == ':'))
		in->at++;
	return tl_get_hex(&in->at, in->end, v);
}

bool tl_arg_is(struct tl_args *in, char c)
{
	if (in->at == in->end || *in->at != (uint8_t)c)
		return false;
	in->at++;
	return true;
}

unsigned tl_arg_bytes(struct tl_args *in, uint8_t *out, unsigned size)
{
	unsigned n = 0;

	if (in->at < in->end && (*in->at == ',' || *in->at == ':'))
		in->at++;
	for (; in->at < in->end; in->at += 2) {
		int high = tl_hex_digit(in->at[0]),
		    low = in->end - in->at > 1 ? tl_hex_digit(in->at[1]) : -1;

		if (n == size || high < 0 || low < 0)
			return size + 1;
		out[n++] = (uint8_t)(high << 4 | low);
	}
	return n;
}

void tl_field(struct tl_frame_tx *out, uintptr_t v)
{
	tl_frame_put(out, ',');
	tl_frame_hex(out, v);
}

int tl_ok(struct tl_frame_tx *out)
{
	tl_frame_puts(out, "OK");
	return 0;
}

/* The packet's handler, with `in` moved past the name; NULL: there is none. */
static tl_packet_fn *find(struct tl_args *in)
{
	tl_packet_fn *const *serve = tl_packet_handlers;

	for (const char *name = tl_packet_names; *name; name++, serve++) {
		const uint8_t *at = in->at;

		while (*name && at < in->end && *at == (uint8_t)*name)
			at++, name++;
		if (!*name) {
			in->at = at;
			return *serve;
		}
		while (*name)
			name++;
	}
	return 0;
}

static void gdb_error(struct tl_frame_tx *out, int err)
{
	uint8_t code = (uint8_t)-err;

	tl_frame_open(out, '$');
	tl_frame_put(out, 'E');
	tl_frame_bytes(out, &code, 1);
}

/* Fields and separators only: anything else is refused before it can have an effect. */
static bool well_formed(const struct tl_args *in)
{
	for (const uint8_t *c = in->at; c < in->end; c++)
		if (*c != ',' && tl_hex_digit(*c) < 0)
			return false;
	return true;
}

/* An answer's first fields. */
static void begin(struct tl_frame_tx *out, uintptr_t tag, int err)
{
	tl_frame_open(out, '$');
	tl_frame_hex(out, tag);
	tl_field(out, (uintptr_t)-err);
}

/* To a host of before there was a CRC: what speaks here, so that it can say so; and nothing is
 * done. */
static int serve_old(tl_packet_fn *serve, struct tl_frame_tx *out)
{
	struct tl_args none = {0, 0};

	return serve == tl_packet_hello || serve == tl_packet_ping ? serve(&none, out)
	                                                           : -TL_EPACKET;
}

/* Who has asked, for an answer that comes later. */
static struct {
	uintptr_t tag;
	bool native, old; /* old: a host of before there was a CRC */
} asked;

static int serve_native(tl_packet_fn *serve, struct tl_args *in, bool old, struct tl_frame_tx *out)
{
	if (in->at < in->end && *in->at != ':')
		serve = 0; /* longer than the name that it begins with */
	while (in->at < in->end && *in->at != ':')
		in->at++;
	if (!tl_arg(in, &asked.tag)) {
		asked.native = false; /* it gets GDB's error */
		return -TL_EPACKET;
	}
	begin(out, asked.tag, 0);
	if (old)
		return serve_old(serve, out);
	if (!serve)
		return -TL_ENOSUP;
	return well_formed(in) ? serve(in, out) : -TL_EINVAL;
}

static void end_native(int err, struct tl_frame_tx *out)
{
	if (!asked.old)
		tl_frame_put_crc(out);
	if (!err && out->full)
		err = -TL_ETOOBIG;
	if (!err)
		return;
	begin(out, asked.tag, err);
	if (!asked.old)
		tl_frame_put_crc(out);
}

/* Closes an answer; none yet, if it comes later. */
static void finish(int err, struct tl_frame_tx *out)
{
	if (err == TL_LATER) {
		out->len = 0;
		return;
	}
	if (asked.native) {
		end_native(err, out);
		err = 0;
	}
	if (!err && out->full)
		err = -TL_ETOOBIG;
	if (err)
		gdb_error(out, err);
	tl_frame_close(out);
}

bool tl_packet_go_on(tl_work_fn *step, struct tl_frame_tx *out)
{
	if (asked.native)
		begin(out, asked.tag, 0);
	else
		tl_frame_open(out, '$');
	finish(step(out), out);
	return out->len;
}

uint32_t tl_packet_id(const uint8_t *data, unsigned n)
{
	const uint8_t *at = data + n + 1;
	uintptr_t id = 0;

	tl_get_hex(&at, at + TL_FRAME_CRC - 1, &id);
	return (uint32_t)id;
}

void tl_packet_serve(const uint8_t *data, unsigned n, enum tl_frame_crc crc,
                     struct tl_frame_tx *out)
{
	struct tl_args in = {data, data + n};
	tl_packet_fn *serve = find(&in);
	int err = 0;

	tl_frame_open(out, '$');
	asked.native = tl_packet_is_native(data, n);
	asked.old = crc == TL_CRC_NONE;
	if (asked.native) {
		tl_client.shares |= tl_debugged();
		err = serve_native(serve, &in, asked.old, out);
	} else {
		tl_client.foreign++;
		err = serve ? serve(&in, out) : 0;
	}
	finish(err, out);
}
