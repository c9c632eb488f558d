/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for GDB: registers besides those of a snapshot, and what is wrong with a fault. Follows
 * the RISC-V Instruction Set Manual, volume II, 20211203: 3.1 and 4.1 (CSRs), table 3.6 (mcause),
 * and GDB's features org.gnu.gdb.riscv.fpu and .csr.
 */
#include "debug.h"
#include "riscv_target.h"
#include "trapline.h"

enum {
	F0 = 33,
	FFLAGS = 66,
	FRM,
	FCSR,
	STATUS = 80,
	MISA, /* machine mode only */
	IE,
	TVEC,
	SCRATCH,
	EPC,
	CAUSE,
	TVAL,
	MHARTID, /* likewise */
	SATP,    /* supervisor mode only */
};
enum { XLEN = 8 * RISCV_WORD };

#ifdef __riscv_flen
#define F(n, name)                                                                                 \
	{                                                                                          \
		name, __riscv_flen == 64 ? "ieee_double" : "ieee_single", F0 + (n), __riscv_flen   \
	}
static const struct tl_system_reg fp_regs[] = {
        F(0, "ft0"),         F(1, "ft1"),           F(2, "ft2"),
        F(3, "ft3"),         F(4, "ft4"),           F(5, "ft5"),
        F(6, "ft6"),         F(7, "ft7"),           F(8, "fs0"),
        F(9, "fs1"),         F(10, "fa0"),          F(11, "fa1"),
        F(12, "fa2"),        F(13, "fa3"),          F(14, "fa4"),
        F(15, "fa5"),        F(16, "fa6"),          F(17, "fa7"),
        F(18, "fs2"),        F(19, "fs3"),          F(20, "fs4"),
        F(21, "fs5"),        F(22, "fs6"),          F(23, "fs7"),
        F(24, "fs8"),        F(25, "fs9"),          F(26, "fs10"),
        F(27, "fs11"),       F(28, "ft8"),          F(29, "ft9"),
        F(30, "ft10"),       F(31, "ft11"),         {"fflags", 0, FFLAGS, 32},
        {"frm", 0, FRM, 32}, {"fcsr", 0, FCSR, 32},
};
#endif

static const struct tl_system_reg csrs[] = {
        {CSR(XSTATUS), 0, STATUS, XLEN},
#if !TL_RISCV_SUPERVISOR
        {"misa", 0, MISA, XLEN},
#endif
        {CSR(XIE), 0, IE, XLEN},           {CSR(XTVEC), 0, TVEC, XLEN},
        {CSR(XSCRATCH), 0, SCRATCH, XLEN}, {CSR(XEPC), "code_ptr", EPC, XLEN},
        {CSR(XCAUSE), 0, CAUSE, XLEN},     {CSR(XTVAL), 0, TVAL, XLEN},
#if TL_RISCV_SUPERVISOR
        {"satp", 0, SATP, XLEN},
#else
        {"mhartid", 0, MHARTID, XLEN},
#endif
};

const struct tl_reg_feature tl_arch_features[] = {
#ifdef __riscv_flen
        {"org.gnu.gdb.riscv.fpu", fp_regs, sizeof fp_regs / sizeof fp_regs[0], true, 0},
#endif
        {"org.gnu.gdb.riscv.csr", csrs, sizeof csrs / sizeof csrs[0], false, 0},
        {0, 0, 0, false, 0},
};

#define READ(csr, to)    __asm volatile("csrr %0, " CSR(csr) : "=r"(to))
#define WRITE(csr, from) __asm volatile("csrw " CSR(csr) ", %0" ::"r"(from) : "memory")

/* ---- FP registers: live in the core, since neither trap nor agent uses them; but C handlers do,
 * and what they may change is kept from them (frame.inc) ---- */

#ifdef __riscv_flen
/* Where it is kept: its place there, or -1. */
static int kept(const struct riscv_regs *r, unsigned gdb)
{
	enum { CALLEE_SAVED = 2, FCSR_AT = 20 }; /* those between: fs0, fs1; fs2 to fs11 */
	unsigned n = gdb - F0;

	if (!r->leave || !r->saved || (n > 7 && n < 10) || (n > 17 && n < 28))
		return -1;
	if (gdb > F0 + 31)
		return FCSR_AT;
	return (int)(n < 8 ? n : n < 18 ? n - CALLEE_SAVED : n - CALLEE_SAVED - 10);
}

static int kept_reg(const struct riscv_regs *r, unsigned gdb, int at, uint64_t *value)
{
	const uint32_t *word = (const uint32_t *)(r->saved + 8u * (unsigned)at);

	*value = word[0];
	if (__riscv_flen == 64 && gdb < FFLAGS)
		*value |= (uint64_t)word[1] << 32;
	if (gdb == FFLAGS)
		*value &= 0x1f;
	if (gdb == FRM)
		*value >>= 5;
	return 0;
}

static int fp_reg(const struct riscv_regs *r, unsigned gdb, uint64_t *value, bool write)
{
	uint64_t all[32];
	uintptr_t word = (uintptr_t)*value;

	if (!(r->status & RISCV_STATUS_FS))
		return -1;
	switch (gdb) {
	case FFLAGS:
		if (write)
			WRITE(fflags, word);
		READ(fflags, word);
		break;
	case FRM:
		if (write)
			WRITE(frm, word);
		READ(frm, word);
		break;
	case FCSR:
		if (write)
			WRITE(fcsr, word);
		READ(fcsr, word);
		break;
	default:
		if (write) {
			riscv_fp_store(all);
			all[gdb - F0] = *value;
			riscv_fp_load(all);
		}
		riscv_fp_get(gdb - F0, value);
		return 0;
	}
	*value = word;
	return 0;
}
#endif

/* ---- CSRs of the halted context: what its trap has overwritten is shown as that trap left it, and
 * cannot be changed ---- */

int tl_arch_system_reg(struct tl_regs *regs, uintptr_t *lock, unsigned gdb, uint64_t *value,
                       bool write)
{
	struct riscv_regs *r = riscv_regs(regs);
	uintptr_t v = (uintptr_t)*value;

	(void)lock;
#ifdef __riscv_flen
	if (gdb < STATUS)
		return fp_reg(r, gdb, value, write);
#endif
	switch (gdb) {
	case STATUS:
		if (write)
			r->status = v; /* xPP, xPIE and FS of it go back to the core */
		v = r->status;
		break;
	case IE:
		if (write)
			WRITE(XIE, v);
		READ(XIE, v);
		break;
	case TVEC:
		READ(XTVEC, v);
		break;
	case SCRATCH:
		if (write)
			WRITE(XSCRATCH, v);
		READ(XSCRATCH, v);
		break;
#if TL_RISCV_SUPERVISOR
	case SATP:
		READ(satp, v);
		break;
#else
	case MISA:
		READ(misa, v);
		break;
	case MHARTID:
		READ(mhartid, v);
		break;
#endif
	case EPC:
		v = r->pc;
		break;
	case CAUSE:
		v = riscv_last_cause;
		break;
	case TVAL:
		v = riscv_last_tval;
		break;
	default:
		return -1;
	}
	if (write && v != (uintptr_t)*value)
		return -1;
	*value = v;
	return 0;
}

/* What the probe's own trap has overwritten, or may have, is not known. */
int tl_arch_context_reg(const struct tl_regs *regs, unsigned gdb, uint64_t *value)
{
	uintptr_t lock = 0;

	if (gdb == STATUS || gdb == EPC || gdb == CAUSE || gdb == TVAL)
		return -1;
#ifdef __riscv_flen
	if (gdb < STATUS) {
		const struct riscv_regs *r = (const struct riscv_regs *)(const void *)regs;
		int at = kept(r, gdb);

		if (at >= 0 && r->status & RISCV_STATUS_FS)
			return kept_reg(r, gdb, at, value);
	}
#endif
	return tl_arch_system_reg((struct tl_regs *)(void *)(uintptr_t)regs, &lock, gdb, value,
	                          false);
}

uintptr_t tl_arch_goes_to(const struct tl_regs *regs)
{
	return ((const struct riscv_regs *)(const void *)regs)->pc;
}

/* Nobody knows where another trap has been taken since, or may be at any time. */
void tl_arch_interrupted(void (*see)(uintptr_t pc))
{
	uintptr_t status, cause, epc;

	READ(XSTATUS, status);
	READ(XCAUSE, cause);
	READ(XEPC, epc);
	if (!(status & RISCV_STATUS_IE) && (intptr_t)cause < 0)
		see(epc);
}

/* By the name that linkers take for the entry point. */
uintptr_t tl_arch_entry(const struct tl_regs *regs)
{
	extern const char _start[] __attribute__((weak));

	(void)regs;
	return (uintptr_t)_start;
}

enum tl_signal tl_arch_signal(const struct tl_regs *regs, unsigned cause)
{
	static const uint8_t signals[16] = {
	        TL_SIGNAL_BUS,
	        TL_SIGNAL_SEGV,
	        TL_SIGNAL_ILL,
	        TL_SIGNAL_TRAP,
	        TL_SIGNAL_BUS,
	        TL_SIGNAL_SEGV,
	        TL_SIGNAL_BUS,
	        TL_SIGNAL_SEGV,
	        0,
	        0,
	        0,
	        0,
	        TL_SIGNAL_SEGV,
	        TL_SIGNAL_SEGV,
	        0,
	        TL_SIGNAL_SEGV,
	};

	(void)regs, (void)cause;
	return riscv_last_cause < 16 ? (enum tl_signal)signals[riscv_last_cause] : TL_SIGNAL_NONE;
}
