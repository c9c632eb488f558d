/* SPDX-License-Identifier: MIT */
/*
 * The table of trace state variables. Traps and the main loop share it, and 64 bits take two
 * accesses on most cores: so each is made with interrupts locked out.
 */
#include "expr/tvar.h"

#include "arch.h"
#include "base/clock.h"
#include "expr/wide.h"

TL_RAM(".bss");

#if TL_BYTECODE

static struct {
	uint64_t value, initial;
	uint16_t number; /* 0: free */
} vars[TL_TVARS];

/* The entry with this number, or -1. */
static int find(unsigned number)
{
	for (int i = 0; i < TL_TVARS; i++)
		if (vars[i].number == number)
			return i;
	return -1;
}

int tl_tvar_define(unsigned number, uint64_t initial)
{
	uintptr_t lock;
	int i;

	if (!number || number == TL_TVAR_TIME || number > UINT16_MAX)
		return -TL_EINVAL;
	lock = tl_arch_lock();
	i = find(number);
	if (i < 0)
		i = find(0);
	if (i >= 0) {
		vars[i].number = (uint16_t)number;
		vars[i].value = vars[i].initial = initial;
	}
	tl_arch_unlock(lock);
	return i < 0 ? -TL_EFULL : 0;
}

/* Microseconds since tl_init(), by the clock of hits; 0 before that. */
static uint64_t time_us(void)
{
	uint64_t rest, ticks;

	if (!tl_port.tick_hz)
		return 0;
	ticks = (uint64_t)tl_clock.spare_ticks + (tl_ticks() - tl_clock.last_ticks);
	return tl_wide_mul(tl_clock.now_ms, 1000) +
	       tl_wide_div(tl_wide_mul(ticks, 1000000), tl_port.tick_hz, &rest);
}

int tl_tvar_get(unsigned number, uint64_t *value)
{
	uintptr_t lock = tl_arch_lock();
	int i = number ? find(number) : -1;

	if (number == TL_TVAR_TIME)
		*value = time_us(), i = 0;
	else if (i >= 0)
		*value = vars[i].value;
	tl_arch_unlock(lock);
	return i < 0 ? -TL_ETVAR : 0;
}

int tl_tvar_set(unsigned number, uint64_t value)
{
	uintptr_t lock = tl_arch_lock();
	int i = number ? find(number) : -1;

	if (i >= 0)
		vars[i].value = value;
	tl_arch_unlock(lock);
	return i < 0 ? -TL_ETVAR : 0;
}

void tl_tvar_reset(void)
{
	uintptr_t lock = tl_arch_lock();

	for (unsigned i = 0; i < TL_TVARS; i++)
		vars[i].value = vars[i].initial;
	tl_arch_unlock(lock);
}

void tl_tvar_forget_all(void)
{
	uintptr_t lock = tl_arch_lock();

	for (unsigned i = 0; i < TL_TVARS; i++)
		vars[i].number = 0;
	tl_arch_unlock(lock);
}

#endif
