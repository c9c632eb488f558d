/* SPDX-License-Identifier: MIT */
/*
 * The formats of hits, one file each.
 */
#ifndef HOST_FORMATS_H
#define HOST_FORMATS_H

#include "output/export.h"

extern const struct export_ops export_text, export_jsonl, export_csv;

/* The rows of a format. */
const struct export_ops *export_ops(enum format);

#endif
