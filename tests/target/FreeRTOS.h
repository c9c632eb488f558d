/* SPDX-License-Identifier: MIT */
/* Of FreeRTOS, the names that board/rtos/freertos.c needs: see tasks_freertos_thumb.c. */
#ifndef FREERTOS_H
#define FREERTOS_H

typedef struct tskTaskControlBlock *TaskHandle_t;

#endif
