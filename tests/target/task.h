/* SPDX-License-Identifier: MIT */
/* Of FreeRTOS, the functions that board/rtos/freertos.c needs: see tasks_freertos_thumb.c. */
#ifndef TASK_H
#define TASK_H

#include "FreeRTOS.h"

TaskHandle_t xTaskGetCurrentTaskHandle(void);
char *pcTaskGetName(TaskHandle_t task);

#endif
