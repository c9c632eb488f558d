/* SPDX-License-Identifier: MIT */
/*
 * What fetch programs may read: the memory of the program, and the stack in use. Where an agent's
 * port tells what memory there is (tl_port.memory), nobody needs to say so.
 */
#ifndef HOST_WINDOWS_H
#define HOST_WINDOWS_H

#include "session/attach.h"

/* 0 or an exit status after saying why. Needs an ELF. Device registers are among them only where
   --io says so, or has said so when a probe was added that is still there. */
int windows_open(struct attached *, const struct options *);

#endif
