/* SPDX-License-Identifier: MIT */
/*
 * What attach() does with ELFs once the target is there; same_firmware() and board_line(), which
 * commands use too, are in attach.h.
 */
#ifndef HOST_MATCH_H
#define HOST_MATCH_H

#include "session/attach.h"

/* The first and last bytes of a build-id, as people compare it; to be freed. */
char *short_id(const uint8_t *id, unsigned n);
/* The ELF is another's, as `what` says, which is freed: SYMBOL; with --force DONE after a
 * warning. */
int mismatch(const struct options *, char *what);
/* For commands that need no names: ELFs that are not the target's are left aside. 0, or an exit
 * status after saying why. */
int names_if_same(struct attached *, const struct options *);
/* Text that is in none of the files (objcopy --only-keep-debug) is read from the target.
   Likewise. */
int fetch_text(struct attached *);

#endif
