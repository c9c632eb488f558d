/* SPDX-License-Identifier: MIT */
/*
 * JSON is only written here: strings need care, the rest is printf.
 */
#ifndef HOST_JSON_H
#define HOST_JSON_H

#include <stdio.h>

/* A string with its quotes; UTF-8 stays, other bytes than printable ASCII are escaped, one by
   one. */
void json_string(FILE *out, const char *s);

#endif
