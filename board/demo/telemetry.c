/* SPDX-License-Identifier: MIT */
/*
 * Telemetry: a JSON line every fifty samples.
 */
#include "demo.h"

#include <stdio.h>
#include <stdlib.h>

void telemetry(const struct pid *pid, const struct sample *s, int32_t duty)
{
	if (s->number % 50)
		return;
	printf("{\"n\":%lu,\"temp\":%ld.%02ld,\"set\":%ld.%02ld,\"duty\":%ld}\n",
	       (unsigned long)s->number, (long)s->temperature / 100,
	       labs((long)s->temperature % 100), (long)pid->setpoint / 100,
	       labs((long)pid->setpoint % 100), (long)duty);
}
