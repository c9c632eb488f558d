/* SPDX-License-Identifier: MIT */
/*
 * The table of formats: see formats.h.
 */
#include "output/formats.h"

const struct export_ops *export_ops(enum format format)
{
	static const struct export_ops *const formats[] = {[FORMAT_TEXT] = &export_text,
	                                                   [FORMAT_JSONL] = &export_jsonl,
	                                                   [FORMAT_CSV] = &export_csv};

	return formats[format];
}
