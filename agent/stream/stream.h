/* SPDX-License-Identifier: MIT */
/*
 * From the ring to frames of the line.
 */
#ifndef TL_STREAM_H
#define TL_STREAM_H

#include "record.h"
#include "stream/remote.h"

struct tl_args;

void tl_stream_init(void);  /* records have the format of the ISA */
void tl_stream_start(void); /* the next frame is a key frame */
void tl_stream_forget(struct tl_remote *r);
extern struct tl_record_format tl_format;

/* The probe that the next field of a packet names: 0, -TL_EINVAL or -TL_ENOENT. */
int tl_arg_remote(struct tl_args *in, struct tl_remote **r);

#endif
