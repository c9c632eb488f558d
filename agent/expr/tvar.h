/* SPDX-License-Identifier: MIT */
/*
 * Trace state variables: 64-bit integers by number, which expressions read and set on the target.
 * Numbers are the client's, 1 to 65535. Functions return 0 or -TL_E…; any context.
 */
#ifndef TL_TVAR_H
#define TL_TVAR_H

#include <stdint.h>

#include "error.h"
#include "tl_config.h"

enum {
	TL_TVAR_TIME = 1
}; /* $trace_timestamp, the agent's own: microseconds since tl_init(), by the clock of hits */

#if TL_BYTECODE

/* Makes the variable, or makes it anew: its value is `initial` again. -TL_EINVAL: no such number,
   -TL_EFULL: TL_TVARS are taken. */
int tl_tvar_define(unsigned number, uint64_t initial);

/* -TL_ETVAR if it was not defined. */
int tl_tvar_get(unsigned number, uint64_t *value);
int tl_tvar_set(unsigned number, uint64_t value);

void tl_tvar_reset(void);      /* each to its initial value: a new trace run begins */
void tl_tvar_forget_all(void); /* none is defined any more */

#else /* there are none */

static inline int tl_tvar_define(unsigned number, uint64_t initial)
{
	(void)number, (void)initial;
	return -TL_ENOSUP;
}
static inline int tl_tvar_get(unsigned number, uint64_t *value)
{
	(void)number, (void)value;
	return -TL_ETVAR;
}
static inline int tl_tvar_set(unsigned number, uint64_t value)
{
	(void)number, (void)value;
	return -TL_ETVAR;
}
static inline void tl_tvar_reset(void)
{
}
static inline void tl_tvar_forget_all(void)
{
}

#endif

#endif
