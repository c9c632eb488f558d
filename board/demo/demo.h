/* SPDX-License-Identifier: MIT */
/*
 * The demo firmware: a small temperature controller. An interrupt samples and filters; the main
 * loop runs the PID step, answers commands and prints telemetry as JSON lines. The same source on
 * every board; nothing in it knows that it is probed.
 *
 * What it prints depends on sample numbers only, not on time: a probed run prints what a bare run
 * prints.
 */
#ifndef DEMO_H
#define DEMO_H

#include <stdbool.h>
#include <stdint.h>

/* Temperatures are in hundredths of a degree Celsius, duty in tenths of a percent. */

struct sample {
	uint32_t number;
	int32_t temperature;
};

/* sensor.c: from the converter to a queue of filtered samples */
uint16_t adc_read(uint32_t number);
int32_t filter_update(uint16_t counts);
void sample_isr(void);
bool sample_get(struct sample *s);

/* pid.c */
struct pid {
	int32_t setpoint;
	int32_t kp, ki, kd; /* gains, in 1/256 */
	int32_t integral, last_error;
};
int32_t pid_step(struct pid *pid, int32_t measured);

/* command.c: one line of text, as typed */
enum command_result { COMMAND_OK, COMMAND_EMPTY, COMMAND_UNKNOWN, COMMAND_RANGE };
enum command_result parse(struct pid *pid, const char *line, int length);
void command_poll(struct pid *pid);

/* telemetry.c */
void telemetry(const struct pid *pid, const struct sample *s, int32_t duty);

#endif
