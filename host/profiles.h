/* SPDX-License-Identifier: MIT */
/*
 * trapline.ini: settings that are written down, of several boards as profiles. One in the folder
 * where trapline is called, one of the user ($XDG_CONFIG_HOME/trapline/, else ~/.config/trapline/).
 */
#ifndef HOST_PROFILES_H
#define HOST_PROFILES_H

#include "cmd/command.h"

/*
 * What both files say about options that the command takes: what stands for all profiles, then what
 * the profile does (NULL: none). The nearer file overrules the other. The ranks of these sources
 * are below RANK_PROFILES. 0, or USAGE after saying where and why.
 */
int profiles_apply(struct options *, const struct command *, const char *profile);

enum { RANK_PROFILES = 4 };

#endif
