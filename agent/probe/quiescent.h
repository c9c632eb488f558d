/* SPDX-License-Identifier: MIT */
/*
 * Slots that nobody is in any more, and what the firmware has told of its tasks. With interrupts
 * locked out, if nothing else is said.
 */
#ifndef TL_QUIESCENT_H
#define TL_QUIESCENT_H

#include "probe/table.h"

extern const struct tl_tasks *tl_tasks; /* the firmware's, NULL: it has told of none */
extern volatile bool tl_points_retire;  /* one has since tl_quiescent_settle() */

/* Looks where contexts are suspended; false: that cannot be known here. */
bool tl_look_for_suspended(void);
void tl_suspended_in(const struct tl_point *pt);      /* on the way into its slot, or out of it */
bool tl_point_is_deserted(const struct tl_point *pt); /* retired, and nobody was seen in its slot */
/* Looks, and frees those points; false: there are none. */
bool tl_points_reclaim(void);
/* tl_points_reclaim(), if few are free. From tl_poll(). */
void tl_quiescent_settle(void);

#endif
