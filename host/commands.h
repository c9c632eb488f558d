/* SPDX-License-Identifier: MIT */
/*
 * What trapline has: its commands and its options.
 */
#ifndef HOST_COMMANDS_H
#define HOST_COMMANDS_H

#include "cmd/command.h"

extern const struct tables tables;

#endif
