/* SPDX-License-Identifier: MIT */
/* config: noreturn */
/*
 * An agent without return probes (TL_RETURN=0): nobody gets one, by whatever way, hosts are told,
 * and all else is as ever.
 */
#include <string.h>

#include "frame.h"
#include "probe/table.h"
#include "returns.h"
#include "trace/trace.h"
#include "unit.h"

static void refused_by_the_api(void)
{
	struct watcher w;
	struct tl_kretprobe before;

	returns_start();
	w = return_watcher(work, 'a', ENTRY | RETURN);
	before = w.rp;
	EQ(tl_register_kretprobe(&w.rp), -TL_ENOSUP);
	CHECK(!memcmp(&before, &w.rp, sizeof before));
	EQ(tl_unregister_kretprobe(&w.rp), -TL_ENOENT);
	EQ(tl_points_used(), 0);
}

static void refused_on_the_line(void)
{
	returns_start();
	EQ(client_hello(1), 0);
	EQ(field(10) & TL_FEATURE_RETURNS, 0);
	EQ(field(10) & TL_FEATURE_GDB, TL_FEATURE_GDB);
	for (unsigned kind = 2; kind <= 3; kind++) {
		EQ(native("QTl.add", "1,%lx,%x,0,0,0,0", (long)work, kind), -TL_ENOSUP);
		EQ(native("qTl.check", "%lx,%x", (long)work, kind), -TL_ENOSUP);
	}
	EQ(native("qTl.next", "0"), 0);
	EQ(field(0), 0);
}

static void refused_to_gdb(void)
{
	returns_start();
	EQ(tl_trace_returns_want(1), 0); /* nobody knows yet where tracepoint 1 is */
	CHECK(ask("QTinit"));
	CHECK(ask("QTDP:1:%lx:E:0:0", (long)work));
	EQ(tl_trace_returns_want(1), -TL_ENOSUP);
	CHECK(ask("QTStart"));
	SAME(client.answer, "E.not supported by this agent");
	tl_trace_returns_none();
	CHECK(ask("QTStart"));
	SAME(client.answer, "OK");
}

static void entries_go_on(void)
{
	struct watched kp;

	returns_start();
	watch_prepare(&kp, work, 'k', PRE | POST);
	EQ(tl_register_kprobe(&kp.kp), 0);
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", (long)work), 0);
	for (unsigned i = 0; i < 5; i++)
		returns_run(i);
	client_drain();
	EQ(kp.kp.hits, 5);
	EQ(client.nrecords, 5);
	EQ(client.records[4].regs[LR], entry + 6);
	EQ(tl_unregister_kprobe(&kp.kp), 0);
}

static const struct unit_test tests[] = {
        {"the API refuses return probes", refused_by_the_api},
        {"so do packets", refused_on_the_line},
        {"so does `monitor return`", refused_to_gdb},
        {"entries go on", entries_go_on},
};
UNIT_MAIN(tests)
