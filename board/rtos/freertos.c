/* SPDX-License-Identifier: MIT */
/*
 * FreeRTOS for tl_set_tasks(): its tasks show as threads in GDB, and slots of deleted probes become
 * free although tasks are suspended. Compile it with the firmware, and
 *   - have the kernel tell of its tasks, at the end of FreeRTOSConfig.h (not where assembly
 *     includes that):
 *         void tl_freertos_created(void *task);
 *         void tl_freertos_deleted(void *task);
 *         #define traceTASK_CREATE(task) tl_freertos_created(task)
 *         #define traceTASK_DELETE(task) tl_freertos_deleted(task)
 *   - call tl_set_tasks(&tl_freertos_tasks) after tl_init(), before vTaskStartScheduler().
 *
 * It needs INCLUDE_xTaskGetCurrentTaskHandle, and trusts two things that the kernel promises to
 * debuggers: a task's handle points to its control block, and that begins with the top of its saved
 * stack. What lies there is the port's own: as in the ports of GCC for Cortex-M0, M3, M4F, M7, for
 * Cortex-M33 without TrustZone, and for RISC-V.
 */
#include "FreeRTOS.h"
#include "task.h"
#include "trapline.h"

/* Tasks at a time. With more, slots stay as they are, and GDB shows those that came first. */
#ifndef TL_FREERTOS_TASKS
#define TL_FREERTOS_TASKS 16
#endif

void tl_freertos_created(void *task);
void tl_freertos_deleted(void *task);
extern const struct tl_tasks tl_freertos_tasks;

enum { MORE = 1 }; /* an id: of tasks that had no place here */

static void *handles[TL_FREERTOS_TASKS];
static unsigned count, more;

/* Both in a critical section of the kernel's. */
void tl_freertos_created(void *task)
{
	if (count < TL_FREERTOS_TASKS)
		handles[count++] = task;
	else
		more++;
}

void tl_freertos_deleted(void *task)
{
	for (unsigned i = 0; i < count; i++)
		if (handles[i] == task) {
			handles[i] = handles[--count];
			return;
		}
	more--;
}

static uintptr_t id(unsigned n)
{
	if (n == count && more)
		return MORE;
	return n < count ? (uintptr_t)handles[n] : 0;
}

static uintptr_t current(void)
{
	return (uintptr_t)xTaskGetCurrentTaskHandle();
}

static const char *name(uintptr_t task)
{
	return task == MORE ? "(more)" : pcTaskGetName((TaskHandle_t)task);
}

#ifdef __riscv

/* The port's context: mepc, x1, x5 to x31 (x15 on RV32E), the nesting of critical sections,
 * mstatus. */
static void take(const uintptr_t *top, struct tl_regs *regs)
{
#ifdef __riscv_32e
	enum { LAST = 15 };
#else
	enum { LAST = 31 };
#endif
	enum { RA = 1, SP = 2, FIRST = 5, PC = 32, WORDS = LAST - FIRST + 5 };

	tl_regs_set(regs, PC, top[0]);
	tl_regs_set(regs, RA, top[1]);
	for (unsigned i = FIRST; i <= LAST; i++)
		tl_regs_set(regs, i, top[2 + i - FIRST]);
	tl_regs_set(regs, SP, (uintptr_t)(top + WORDS));
}

#else

/*
 * r4 to r11, with EXC_RETURN behind them where there is an FPU, and on an Armv8-M before them,
 * PSPLIM first; then s16 to s31 if EXC_RETURN says that the task uses FP; then the hardware's
 * frame.
 */
static void take(const uintptr_t *top, struct tl_regs *regs)
{
#if __ARM_ARCH >= 8
	enum { R4 = 2, EXC_RETURN = 1, SAVED = 10 };
#elif defined __ARM_FP
	enum { R4 = 0, EXC_RETURN = 8, SAVED = 9 };
#else
	enum { R4 = 0, SAVED = 8 };
#endif
	enum {
		SP = 13,
		XPSR = 25,
		BASIC = 16,
		FP_SAVED = 16,
		FRAME = 8,
		FP_FRAME = 18,
		ALIGNED = 1 << 9
	};
	static const uint8_t in_frame[FRAME] = {0, 1, 2, 3, 12, 14, 15, XPSR};
	const uintptr_t *frame = top + SAVED;
	unsigned room = FRAME;

#if defined __ARM_FP
	if (!(top[EXC_RETURN] & BASIC)) {
		frame += FP_SAVED;
		room += FP_FRAME;
	}
#endif
	for (unsigned i = 0; i < 8; i++)
		tl_regs_set(regs, 4 + i, top[R4 + i]);
	for (unsigned i = 0; i < FRAME; i++)
		tl_regs_set(regs, in_frame[i], frame[i]);
	tl_regs_set(regs, SP, (uintptr_t)(frame + room + (frame[FRAME - 1] & ALIGNED ? 1 : 0)));
}

#endif

static bool registers(uintptr_t task, struct tl_regs *regs)
{
	if (task == MORE)
		return false;
	take(*(const uintptr_t *const *)task, regs);
	return true;
}

/* On RISC-V the port saves the running task at every trap, before its handlers run, and those do
 * not nest. */
const struct tl_tasks tl_freertos_tasks = {
        .id = id, .current = current, .name = name, .registers = registers, .in_interrupts = true};
