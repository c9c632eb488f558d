/* SPDX-License-Identifier: MIT */
/*
 * Target errors as an enum, from the one list in errors.def. Functions return 0 or -TL_E…
 */
#ifndef TL_ERROR_H
#define TL_ERROR_H

enum tl_error {
	TL_OK = 0,
#define TL_ERROR(name, value, text, hint) TL_##name = value,
#include "errors.def"
#undef TL_ERROR
};

#endif
