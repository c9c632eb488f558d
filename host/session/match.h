/* SPDX-License-Identifier: MIT */
/*
 * What attach() does with ELFs once the target is there; same_firmware() and board_line(), which
 * commands use too, are in attach.h.
 */
#ifndef HOST_MATCH_H
#define HOST_MATCH_H

#include "session/attach.h"

/* For commands that need no names: ELFs that are not the target's are left aside. 0, or an exit
 * status after saying why. */
int names_if_same(struct attached *, const struct options *);
/* Text that is in none of the files (objcopy --only-keep-debug) is read from the target.
   Likewise. */
int fetch_text(struct attached *);

#endif
