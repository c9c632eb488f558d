/* SPDX-License-Identifier: MIT */
/*
 * Where an option comes from: see options.h.
 */
#include "session/options.h"

#include <stddef.h>
#include <string.h>

const char *option_origin(const struct options *o, const char *option)
{
	for (size_t i = 0; i < OPTIONS_MAX; i++)
		if (o->origins[i].option && strcmp(o->origins[i].option, option) == 0)
			return o->origins[i].where;
	return NULL;
}
