/* SPDX-License-Identifier: MIT */
/*
 * Probes that stream, and perhaps something else that goes on meanwhile: the frame that `watch` and
 * `gdb` share.
 */
#ifndef HOST_WATCH_H
#define HOST_WATCH_H

#include "output/export.h"
#include "session/run.h"

struct company {
	void (*begin)(void *ctx); /* the probes are armed */
	/* Lets the target go on for about `ms`. 0 or an exit status. */
	int (*step)(void *ctx, struct run *, unsigned ms);
	void (*end)(void *ctx); /* the probes are about to be removed, the target still answers */
	void *ctx;
	/* Where hits go, if not to where the format says; and its export's `ctx`. */
	const struct export_ops *ops;
	void *ops_ctx;
};

/* From arming to the last word, until the options say so or somebody interrupts. 0 or an exit
 * status. */
int watch_points(struct attached *, const struct options *, const struct points *,
                 const struct company *);

#endif
