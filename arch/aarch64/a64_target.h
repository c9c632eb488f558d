/* SPDX-License-Identifier: MIT */
/*
 * The target half's parts, to each other.
 */
#ifndef A64_TARGET_H
#define A64_TARGET_H

#include "a64.h"
#include "arch.h"
#include "layout.h"

#define A64_READ(name)                                                                             \
	({                                                                                         \
		uintptr_t value_;                                                                  \
		__asm volatile("mrs %0, " #name : "=r"(value_));                                   \
		value_;                                                                            \
	})
#define A64_WRITE(name, value)                                                                     \
	__asm volatile("msr " #name ", %0" ::"r"((uintptr_t)(value)) : "memory")

/* ESR's class of an exception. */
enum a64_class {
	A64_EC_SVC = 0x15,
	A64_EC_FETCH_EL0 = 0x20,
	A64_EC_FETCH,
	A64_EC_PC_ALIGNMENT,
	A64_EC_DATA_EL0 = 0x24,
	A64_EC_DATA,
	A64_EC_SP_ALIGNMENT,
	A64_EC_FP = 0x2c,
	A64_EC_COMPARED_EL0 = 0x30,
	A64_EC_COMPARED,
	A64_EC_WATCHED_EL0 = 0x34,
	A64_EC_WATCHED,
	A64_EC_BRK = 0x3c,
};
static inline enum a64_class a64_class(uintptr_t syndrome)
{
	return (enum a64_class)(syndrome >> 26 & 0x3f);
}
/* Of the first two and data: what is wrong with it. */
static inline unsigned a64_status(uintptr_t syndrome)
{
	return (unsigned)syndrome & 0x3f;
}
enum { A64_STATUS_EXTERNAL = 0x10, A64_STATUS_EXTERNAL_WALK = 0x14, A64_STATUS_ALIGNMENT = 0x21 };

/* stubs.S: `bytes` is 1, 2, 4 or 8, and `addr` a multiple of it; 0, or 1 if the access faults. */
int a64_load(uintptr_t addr, unsigned bytes, uintptr_t *to);
int a64_store(uintptr_t addr, unsigned bytes, uintptr_t value);

/* trap.c, for entry.S: any synchronous exception; as tl_trap(). */
bool a64_trap(struct tl_regs *regs, uintptr_t syndrome);
extern uintptr_t a64_interrupted; /* highest stack pointer at an interrupt, less A64_REGS; 0: none
                                     came */
/* ESR and FAR of the last exception that was not a fault-safe access's */
extern uintptr_t a64_last_syndrome, a64_last_far;
extern bool a64_has_users; /* EL0 has come here */

/* EL0 */
static inline bool a64_from_user(const struct a64_regs *r)
{
	return (r->cpsr & 0xf) == 0;
}

/* stubs.S: register q`n` to memory and back. */
void a64_fp_store(unsigned n, uint64_t to[2]);
void a64_fp_load(unsigned n, const uint64_t from[2]);

/* watch.c: interrupts are kept out of the context that a trap resumes (tl_arch_keep_out()). */
extern bool a64_kept_out;

/* patch.c: but for tl_arch_lock(). */
bool a64_lets_interrupts_in(void);

/* patch.c: the fault of a fault-safe access: resumes where it reports failure. False: it was not
 * one. */
bool a64_access_fixup(struct a64_regs *regs);

#endif
