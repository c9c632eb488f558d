/* SPDX-License-Identifier: MIT */
/* config: thin */
/*
 * The examples of SPEC.md that a thin agent answers: a session of their own.
 */
#include "unit.h"

#define FENCE "```thin"
enum { EXAMPLES = 8 };

#include "test_spec.c"
