/* SPDX-License-Identifier: MIT */
/*
 * From a packet's name to its handler, and the two forms of answer: GDB's, and the native `TAG,ERROR,FIELD…`. See SPEC.md.
 */
#include "gdb.h"

#include "pack.h"

static const struct packet {
	const char *name;
	tl_packet_fn *serve;
} packets[] = {
#define TL_PACKET(name, handler, text) {name, tl_packet_##handler},
#include "packets.def"
#undef TL_PACKET
};

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
		int high = tl_hex_digit(in->at[0]), low = in->end - in->at > 1 ? tl_hex_digit(in->at[1]) : -1;

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

/* The packet's entry, with `in` moved past the name. */
static const struct packet *find(struct tl_args *in)
{
	for (unsigned i = 0; i < sizeof packets / sizeof packets[0]; i++) {
		const uint8_t *at = in->at;
		const char *name = packets[i].name;

		while (*name && at < in->end && *at == (uint8_t)*name)
			at++, name++;
		if (!*name) {
			in->at = at;
			return &packets[i];
		}
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

static int serve_native(const struct packet *p, struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t tag;
	int err;

	if (in->at == in->end || *in->at != ':' || !tl_arg(in, &tag))
		return -TL_EPACKET;
	tl_frame_hex(out, tag);
	tl_field(out, 0);
	err = well_formed(in) ? p->serve(in, out) : -TL_EINVAL;
	if (!err && out->full)
		err = -TL_ETOOBIG;
	if (err) {
		tl_frame_open(out, '$');
		tl_frame_hex(out, tag);
		tl_field(out, (uintptr_t)-err);
	}
	return 0;
}

void tl_packet_serve(const uint8_t *data, unsigned n, struct tl_frame_tx *out)
{
	struct tl_args in = {data, data + n};
	const struct packet *p = find(&in);
	int err = 0;

	tl_frame_open(out, '$');
	if (p && tl_same(p->name + 1, "Tl.", 3)) {
		tl_gdb_hears_host();
		err = serve_native(p, &in, out);
	} else {
		tl_client.foreign++;
		err = p ? p->serve(&in, out) : 0;
	}
	if (err == TL_LATER) {
		out->len = 0;
		return;
	}
	if (!err && out->full)
		err = -TL_ETOOBIG;
	if (err)
		gdb_error(out, err);
	tl_frame_close(out);
}
