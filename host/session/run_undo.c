/* SPDX-License-Identifier: MIT */
/*
 * A run that could not begin: what it has left on the target.
 */
#include "session/run_parts.h"

void run_disarm_quietly(struct run *run)
{
	bool restored;

	for (size_t i = 0; i < run->n; i++)
		if (run->probes[i].armed && !run->probes[i].added &&
		    target_delete(&run->attached->session, run->probes[i].remote.id, &restored) ==
		            0)
			run->probes[i].armed = false;
	run_flash_out(run);
}
