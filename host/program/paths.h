/* SPDX-License-Identifier: MIT */
/*
 * Paths of source files, as compilers wrote them down on whatever machine they ran. Strings only.
 */
#ifndef HOST_PATHS_H
#define HOST_PATHS_H

#include <stdbool.h>

/*
 * Does `path` end in what was typed, by whole names of folders: src/fw.c fits /home/me/src/fw.c?
 * "." and "..", and which slash there is, do not count.
 */
bool path_ends(const char *path, const char *typed);
/* Behind the last slash. */
const char *path_last(const char *path);
/* Without "." and "..", with / between; to be freed. */
char *path_plain(const char *path);

#endif
