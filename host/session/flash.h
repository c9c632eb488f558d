/* SPDX-License-Identifier: MIT */
/*
 * Pages of flash, which the target writes with breakpoints if --flash says so, and writes back.
 */
#ifndef HOST_FLASH_H
#define HOST_FLASH_H

#include "session/target.h"

/* DONE, or an exit status after saying why the target writes no flash. */
int flash_may(struct session *);
/* Writes the pages whose probes are new (`add`), and those whose probes have gone; says how many,
 * and how long the firmware stood. 0, a target error or SESSION_LOST. */
int flash_write(struct session *, bool add);
/* The same: DONE, or an exit status after saying why not. */
int flash_write_or_say(struct session *, bool add);

#endif
