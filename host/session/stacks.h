/* SPDX-License-Identifier: MIT */
/*
 * Stacks that hits bring, where --stack asks for them.
 */
#ifndef HOST_STACKS_H
#define HOST_STACKS_H

#include "session/attach.h"

/* DONE, or an exit status after saying why there can be no backtraces. */
int stacks_may(const struct attached *);

#endif
