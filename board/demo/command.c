/* SPDX-License-Identifier: MIT */
/*
 * The console: lines like "set 2500" or "kp 300".
 */
#include "demo.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trapline.h"

static const struct setting {
	const char *name;
	size_t offset;
	long low, high;
} settings[] = {
        {"set", offsetof(struct pid, setpoint), -4000, 15000},
        {"kp", offsetof(struct pid, kp), 0, 65535},
        {"ki", offsetof(struct pid, ki), 0, 65535},
        {"kd", offsetof(struct pid, kd), 0, 65535},
};

enum command_result parse(struct pid *pid, const char *line, int length)
{
	char word[8] = "";
	long value;
	int used = (int)strcspn(line, " ");

	if (length == 0)
		return COMMAND_EMPTY;
	if (used >= (int)sizeof word)
		return COMMAND_UNKNOWN;
	memcpy(word, line, (size_t)used);
	value = strtol(line + used, NULL, 10);
	for (unsigned i = 0; i < sizeof settings / sizeof settings[0]; i++) {
		if (strcmp(word, settings[i].name) != 0)
			continue;
		if (value < settings[i].low || value > settings[i].high)
			return COMMAND_RANGE;
		*(int32_t *)((char *)pid + settings[i].offset) = (int32_t)value;
		return COMMAND_OK;
	}
	return COMMAND_UNKNOWN;
}

void command_poll(struct pid *pid)
{
	static const char *const replies[] = {"ok", "", "unknown command: try set, kp, ki, kd",
	                                      "out of range"};
	static char line[48];
	static int length;
	char c;

	while (tl_console_read(&c, 1) == 1) {
		if (c != '\n' && c != '\r') {
			if (length < (int)sizeof line - 1)
				line[length++] = c;
			continue;
		}
		line[length] = '\0';
		enum command_result result = parse(pid, line, length);

		length = 0;
		if (result != COMMAND_EMPTY)
			puts(replies[result]);
	}
}
