/* SPDX-License-Identifier: MIT */
/*
 * The control law: PID with a clamped integral, in fixed point.
 */
#include "demo.h"

static int32_t clamp(int32_t v, int32_t low, int32_t high)
{
	return v < low ? low : v > high ? high : v;
}

int32_t pid_step(struct pid *pid, int32_t measured)
{
	int32_t error = pid->setpoint - measured;
	int32_t slope = error - pid->last_error;

	pid->integral = clamp(pid->integral + error, -100000, 100000);
	pid->last_error = error;
	return clamp((pid->kp * error + pid->ki * pid->integral + pid->kd * slope) >> 8, 0, 1000);
}
