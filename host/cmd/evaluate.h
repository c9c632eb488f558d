/* SPDX-License-Identifier: MIT */
/*
 * Expressions over what a target's memory holds now: what print and set share.
 */
#ifndef HOST_EVALUATE_H
#define HOST_EVALUATE_H

#include "expr/resolve.h"
#include "expr/show.h"
#include "session/attach.h"

struct evaluator {
	struct attached *a;
	struct scope scope;
	struct surroundings surroundings;
	struct evaluation e;
	int lost; /* what a read failed with for good; 0: nothing did */
};

void evaluator_open(struct evaluator *, struct attached *);
void evaluator_close(struct evaluator *);
/* To be freed by tree_free(). NULL after saying what is wrong with it. */
struct tree *evaluator_parse(struct evaluator *, const char *text);
/* DONE, or an exit status after saying why it has no value. What it gives lives until close. */
int evaluator_value(struct evaluator *, const struct tree *, struct value *);

#endif
