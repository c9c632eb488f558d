/* SPDX-License-Identifier: MIT */
/*
 * A program of calls, and watchers of their returns: see returns.h.
 */
#include "returns.h"

#include <stddef.h>

#include "base/clock.h"
#include "probe/table.h"
#include "unit.h"

uintptr_t entry, work, body, down, jump, isr, bump, leaf;

uintptr_t *isr_count(void)
{
	return (uintptr_t *)MOCK_RAM;
}

void returns_start(void)
{
	uintptr_t call[2], zero;

	client_start();
	probes_clear();
	mock_org(MOCK_TEXT);
	entry = NOP();
	call[0] = CALL(0);
	ADDI(R1, 1);
	HALT();
	work = PUSH(LR);
	body = ADDI(R0, 1);
	ADDI(R0, 2);
	POPRET();
	mock_target(call[0], work);
	down = PUSH(LR);
	ADDI(R0, 0);
	zero = BZ(0);
	ADDI(R0, -1);
	CALL(down);
	ADDI(R0, 2);
	mock_target(zero, mock_here());
	POPRET();
	jump = ADDI(R0, 100);
	B(work);
	leaf = ADDI(R0, 7);
	RET();
	bump = PUSH(LR);
	LD(R0, R5, 0);
	ADDI(R0, 1);
	ST(R0, R5, 0);
	POPRET();
	isr = PUSH(R0);
	PUSH(LR);
	CALL(bump);
	POP(LR);
	POP(R0);
	RETI();
	mock_cpu.vectors[TIMER] = isr;
	mock_cpu.regs.r[R5] = MOCK_RAM;
}

void returns_run(uintptr_t n)
{
	mock_cpu.regs.r[R0] = n;
	CHECK(mock_run(entry, 2000));
	EQ(mock_cpu.regs.r[R0], n + 3);
	EQ(mock_cpu.regs.r[SP], MOCK_MAIN_STACK);
	EQ(tl_table.running, 0);
}

static int on_entry(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	struct watcher *w = (struct watcher *)in->rp;
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	CHECK(!mock_cpu.in_trap);
	w->nentry++;
	probes_mark((char)(w->mark - 'a' + 'A'));
	in->data[0] = m->r[R0];
	EQ(in->sp, m->r[SP]);
	return w->entry ? w->entry(w, in, m) : 0;
}

static int on_return(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	struct watcher *w = (struct watcher *)in->rp;
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	CHECK(!mock_cpu.in_trap);
	w->nreturn++;
	probes_mark(w->mark);
	w->at = *m;
	w->arg = in->data[0];
	w->value = tl_regs_retval(regs, 0);
	w->elapsed = tl_ticks() - in->entry_time;
	EQ(in->ret_addr, m->r[PC]);
	EQ(in->sp, m->r[SP]);
	if (w->handler)
		w->handler(w, in, m);
	return 0;
}

struct watcher return_watcher(uintptr_t addr, char mark, unsigned handlers)
{
	return (struct watcher){
	        .rp = {.kp.addr = addr,
	               .data_size = sizeof(uintptr_t),
	               .entry_handler = handlers & ENTRY ? on_entry : NULL,
	               .handler = handlers & RETURN ? on_return : NULL},
	        .mark = mark,
	};
}

void watch_return(struct watcher *w, uintptr_t addr, char mark, unsigned handlers)
{
	*w = return_watcher(addr, mark, handlers);
	EQ(tl_register_kretprobe(&w->rp), 0);
}

void returns_start_in(unsigned place)
{
	static const char *const names[PLACES] = {"main", "task", "unprivileged task"};

	unit_at("%s", names[place]);
	returns_start();
	mock_cpu.unprivileged = place == 2;
}

void watch_body(struct watched *w, int (*pre)(struct watched *, struct mock_regs *))
{
	watch_prepare(w, body, 'b', PRE);
	w->pre = pre;
	EQ(tl_register_kprobe(&w->kp), 0);
}
