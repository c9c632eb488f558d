/* SPDX-License-Identifier: MIT */
/* config: images */
/*
 * Images: programs that are loaded here and there, probed by name before they are there, while they
 * are, and when they come back; what the firmware may say of them, and what a host and GDB see.
 */
#include <stdio.h>
#include <string.h>

#include "gdb/breaks.h"
#include "probe/image.h"
#include "probes.h"
#include "stream/remote.h"
#include "unit.h"

enum { LINK = 0x100, SIZE = 0x40, NOPS = 8, COUNT = 0, SNAPSHOT = 1, IMAGE = 8 };
static const uintptr_t here = MOCK_TEXT + 0x1000, there = MOCK_TEXT + 0x2000;
static struct tl_segment segment;
static struct tl_image app = {"app", NULL, &segment, 1};

/* The program: NOPs and a HALT, where a loader puts it. */
static void write_at(uintptr_t base)
{
	mock_org(base);
	for (unsigned i = 0; i < NOPS; i++)
		NOP();
	HALT();
	segment = (struct tl_segment){LINK, base, SIZE};
}

static void load(uintptr_t base)
{
	write_at(base);
	EQ(tl_image_loaded(&app), 0);
}

/* All of it is overwritten, and nothing of that may come back. */
static void unload(void)
{
	uint8_t *text = (uint8_t *)segment.base;

	EQ(tl_image_unloading(&app), 0);
	memset(text, 0xa5, SIZE);
	tl_poll();
	for (unsigned i = 0; i < SIZE; i++)
		EQ(text[i], 0xa5);
}

static void run(void)
{
	mock_cpu.regs = (struct mock_regs){.r = {[SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(segment.base, 1000));
}

static bool armed(unsigned nop)
{
	return *(const uint8_t *)(segment.base + 2 * nop) == MOCK_BRK;
}

/* ---- the C API ---- */

static unsigned calls;
static int count(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	calls++;
	return 0;
}

static struct tl_uprobe up;

static void uprobe(unsigned nop)
{
	up = (struct tl_uprobe){.kp = {.addr = LINK + 2 * nop, .pre_handler = count},
	                        .image = "app",
	                        .privileged = true};
	EQ(tl_register_uprobe(&up), 0);
}

static void waits_and_comes_back(void)
{
	client_start();
	uprobe(3);
	EQ(tl_uprobe_error(&up), -TL_EWAITS);
	EQ(tl_register_uprobe(&up), -TL_EBUSY);
	for (unsigned round = 1; round <= 20; round++) {
		load(round % 2 ? here : there);
		EQ(tl_uprobe_error(&up), 0);
		CHECK(armed(3));
		run();
		EQ(calls, round);
		EQ(up.kp.hits, round);
		unload();
		EQ(tl_uprobe_error(&up), -TL_EWAITS);
	}
	EQ(tl_unregister_uprobe(&up), 0);
	EQ(tl_unregister_uprobe(&up), -TL_ENOENT);
	load(here);
	CHECK(!armed(3));
}

static void text_is_back_while_it_is_there(void)
{
	client_start();
	load(here);
	uprobe(0);
	CHECK(armed(0));
	EQ(tl_unregister_uprobe(&up), 0);
	CHECK(!armed(0));
	run();
	EQ(calls, 0);
}

static void disabled_stays_so(void)
{
	client_start();
	uprobe(1);
	EQ(tl_disable_kprobe(&up.kp), 0);
	load(here);
	CHECK(!armed(1));
	EQ(tl_enable_kprobe(&up.kp), 0);
	CHECK(armed(1));
	unload();
	EQ(tl_disable_kprobe(&up.kp), 0);
	EQ(tl_enable_kprobe(&up.kp), 0);
	load(there);
	CHECK(armed(1));
	EQ(tl_disable_kprobe(&up.kp), 0);
	unload();
	load(here);
	CHECK(!armed(1));
	run();
	EQ(calls, 0);
}

/* What is not in the image, or no instruction: found when it is there. */
static void refused(void)
{
	struct tl_uprobe bad = {.kp = {.addr = LINK + SIZE, .pre_handler = count},
	                        .image = "app",
	                        .privileged = true};

	client_start();
	EQ(tl_register_uprobe(&bad), 0);
	uprobe(2);
	load(here);
	EQ(tl_uprobe_error(&bad), -TL_EIMAGE);
	EQ(tl_uprobe_error(&up), 0);
	run();
	EQ(calls, 1);
	unload();
	EQ(tl_uprobe_error(&bad), -TL_EWAITS);
	EQ(tl_unregister_uprobe(&bad), 0);
	load(here);
	EQ(tl_register_uprobe(&bad), -TL_EIMAGE);
	EQ(tl_uprobe_error(&bad), -TL_ENOENT);
	bad.kp.symbol = "main";
	EQ(tl_register_uprobe(&bad), -TL_EINVAL);
	bad.kp.symbol = NULL;
	bad.kp.addr = LINK + 1;
	EQ(tl_register_uprobe(&bad), 0); /* bit 0 is ignored */
	EQ(tl_unregister_uprobe(&bad), 0);
	bad.image = "an image whose name is too long";
	EQ(tl_register_uprobe(&bad), -TL_EINVAL);
	bad.image = "";
	EQ(tl_register_uprobe(&bad), -TL_EINVAL);
	bad.image = "a b";
	EQ(tl_register_uprobe(&bad), -TL_EINVAL);
}

/* Kprobes, hosts' probes and breakpoints by address go with the text. */
static void others_are_gone(void)
{
	struct tl_kprobe kp = {.pre_handler = count};

	client_start();
	load(here);
	uprobe(1);
	kp.addr = here + 2;
	EQ(tl_register_kprobe(&kp), 0);
	EQ(tl_break_set(here + 4), 0);
	CHECK(armed(2));
	unload();
	EQ(tl_unregister_kprobe(&kp), -TL_ENOENT);
	EQ(tl_uprobe_error(&up), -TL_EWAITS);
	EQ(tl_break_clear(here + 4), 0);
	for (unsigned i = 0; i < TL_POINTS; i++)
		EQ(tl_table.points[i].state, TL_POINT_FREE);
	load(here);
	CHECK(armed(1) && !armed(2));
}

/* Deleted while it was there, loaded again: its slot was free. */
static void slots_do_not_leak(void)
{
	client_start();
	for (unsigned round = 0; round < 4 * TL_POINTS; round++) {
		load(here);
		uprobe(round % NOPS);
		run();
		EQ(calls, round + 1);
		if (round % 2)
			EQ(tl_unregister_uprobe(&up), 0);
		unload();
		if (!(round % 2))
			EQ(tl_unregister_uprobe(&up), 0);
	}
}

/* ---- what firmware may say ---- */

static void bad_images(void)
{
	static struct tl_segment two[2];
	static const struct tl_image same = {"app", NULL, &segment, 1};
	static const struct tl_image none = {"none", NULL, NULL, 1}, zero = {"zero", NULL, two, 0},
	                             many = {"many", NULL, two, TL_SEGMENTS + 1},
	                             both = {"both", NULL, two, 2},
	                             nameless = {NULL, NULL, &segment, 1},
	                             spaced = {"a b", NULL, &segment, 1},
	                             longer = {"sixteen-letters.", NULL, &segment, 1};
	const struct {
		struct tl_segment a, b;
		int error;
	} cases[] = {
	        {{0, there, 8}, {8, there + 8, 8}, 0},
	        {{0, there, 0}, {8, there + 8, 8}, -TL_EINVAL},
	        {{0, there, 9}, {9, there + 8, 8}, -TL_EINVAL},
	        {{0, there, 9}, {8, there + 9, 8}, -TL_EINVAL},
	        {{0, there, 8}, {8, there - 4, 8}, -TL_EINVAL},
	        {{0, there, 8}, {8, here + SIZE - 1, 8}, -TL_EINVAL}, /* another image's */
	        {{0, there, 8}, {8, here + SIZE, 8}, 0},
	        {{0, there, 8}, {8, UINTPTR_MAX - 6, 8}, -TL_EINVAL},
	        {{0, there, 8}, {8, (uintptr_t)tl_slots, 8}, -TL_EINVAL},
	        {{0, there, 8}, {8, (uintptr_t)&tl_table, 8}, -TL_EINVAL},
	        {{0, there, 8}, {8, (uintptr_t)&tl_trap, 8}, -TL_EINVAL},
	};

	client_start();
	load(here);
	EQ(tl_image_loaded(&same), -TL_EINVAL); /* it is over the other */
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_at("case %u", i);
		two[0] = cases[i].a;
		two[1] = cases[i].b;
		EQ(tl_image_loaded(&both), cases[i].error);
		EQ(tl_image_unloading(&both), cases[i].error ? -TL_ENOENT : 0);
	}
	EQ(tl_image_loaded(&none), -TL_EINVAL);
	EQ(tl_image_loaded(&zero), -TL_EINVAL);
	EQ(tl_image_loaded(&many), -TL_EINVAL);
	EQ(tl_image_unloading(&app), 0);
	EQ(tl_image_unloading(&app), -TL_ENOENT);
	EQ(tl_image_loaded(&nameless), -TL_EINVAL);
	EQ(tl_image_loaded(&spaced), -TL_EINVAL);
	EQ(tl_image_loaded(&longer), -TL_EINVAL);
}

static void names(void)
{
	static struct tl_segment at[4];
	static struct tl_image images[4];
	static const char *const names[] = {"one", "two", "three", "four"};
	static const struct tl_image again = {"one", NULL, &at[3], 1};
	struct tl_uprobe waits = {.kp = {.addr = LINK}, .image = "late"};

	client_start();
	for (unsigned i = 0; i < 4; i++) {
		at[i] = (struct tl_segment){LINK, here + 0x100 * i, SIZE};
		images[i] = (struct tl_image){names[i], NULL, &at[i], 1};
		EQ(tl_image_loaded(&images[i]), i < TL_IMAGES ? 0 : -TL_EIMAGES);
	}
	EQ(tl_image_loaded(&again), -TL_EBUSY);
	EQ(tl_register_uprobe(&waits), -TL_EIMAGES);
	EQ(tl_image_unloading(&images[1]), 0);
	EQ(tl_register_uprobe(&waits), 0);
	EQ(tl_image_loaded(&images[3]), -TL_EIMAGES);
	EQ(tl_unregister_uprobe(&waits), 0);
	EQ(tl_image_loaded(&images[3]), 0);
}

/* ---- a host ---- */

static int add(unsigned id, unsigned nop, unsigned kind, unsigned stay, const char *name)
{
	char hex[64] = "";

	for (unsigned i = 0; name[i]; i++)
		sprintf(hex + 2 * i, "%02x", name[i]);
	return native("QTl.add", "%x,%x,%x,0,0,0,%x,0,%s", id, LINK + 2 * nop, kind, stay | IMAGE,
	              hex);
}

static void hosts_probe(void)
{
	client_start();
	EQ(client_hello(1), 0);
	EQ(add(1, 2, SNAPSHOT, 0, "app"), 0);
	EQ(field(0), TL_STEP_WAITS);
	EQ(add(1, 2, SNAPSHOT, 0, "app"), 0); /* its answer was lost */
	EQ(add(1, 2, SNAPSHOT, 0, "other"), -TL_EBUSY);
	EQ(add(2, 5, COUNT, 2, "app"), 0); /* disabled */
	EQ(native("QTl.enable", "2,1"), 0);
	for (unsigned round = 1; round <= 6; round++) {
		load(round % 2 ? here : there);
		run();
		unload();
		EQ(probe_state(1).addr, LINK + 4);
		EQ(probe_state(1).step, TL_STEP_WAITS);
		EQ(probe_state(1).recorded, round);
		EQ(probe_state(2).recorded, round);
		EQ(probe_state(2).enabled, 1);
		check_identity(1);
		check_identity(2);
	}
	client_drain();
	EQ(client.nrecords, 6);
	EQ(native("QTl.del", "1"), 0);
	EQ(field(0), 1);
	load(here);
	CHECK(!armed(2) && armed(5));
	EQ(native("QTl.bye", "0"), 0);
	CHECK(!armed(5));
}

static void hosts_probe_refused(void)
{
	client_start();
	EQ(client_hello(1), 0);
	EQ(add(1, SIZE, COUNT, 0, "app"), 0);
	EQ(add(2, 0, 8 | SNAPSHOT, 0, "app"), -TL_EINVAL); /* a watch */
	EQ(add(2, 0, COUNT, 0, "sixteen-letters."), -TL_EINVAL);
	EQ(add(2, 0, COUNT, 0, ""), -TL_EINVAL);
	load(here);
	EQ(add(2, SIZE, COUNT, 0, "app"), -TL_EIMAGE);
	EQ(native("qTl.next", "0"), 0);
	CHECK(strstr(client.answer, ",617070,28")); /* "app", EIMAGE */
	run();
	EQ(probe_state(1).hits, 0);
}

static void hosts_list(void)
{
	client_start();
	EQ(client_hello(1), 0);
	EQ(native("qTl.image", "1"), 0);
	SAME(strchr(client.answer, ','), ",0,0,,0,");
	EQ(native("qTl.image", "0"), -TL_EINVAL);
	EQ(native("qTl.image", "4"), -TL_ENOENT);
	load(here);
	EQ(native("qTl.image", "1"), 0);
	SAME(strchr(client.answer, ','), ",0,1,617070,1,,100,10001000,40");
	EQ(native("qTl.segment", "1,0"), 0);
	SAME(strchr(client.answer, ','), ",0,1,100,10001000,40");
	EQ(native("qTl.segment", "1,1"), -TL_ENOENT);
	EQ(native("qTl.segment", "2,0"), -TL_ENOENT);
	EQ(ping(), 0);
	EQ(field(8), 1);
	SAME(ask("qXfer:libraries:read::0,400"),
	     "l<library-list><library name=\"app\"><segment address=\"0x10001000\"/></library>"
	     "</library-list>");
	unload();
	EQ(ping(), 0);
	EQ(field(8), 2);
	SAME(ask("qXfer:libraries:read::0,400"), "l<library-list></library-list>");
}

static const struct unit_test tests[] = {
        {"a uprobe waits for its image, wherever and how often it comes", waits_and_comes_back},
        {"an image that stays gets its text back", text_is_back_while_it_is_there},
        {"what is disabled stays so over loads", disabled_stays_so},
        {"what is refused is found when the image is there", refused},
        {"an image takes with it what is probed by address", others_are_gone},
        {"points and slots come back with each load", slots_do_not_leak},
        {"images that will not do", bad_images},
        {"names: as many as there is room for", names},
        {"a host's probe waits, counts on, and is deleted", hosts_probe},
        {"a host's probe that is refused", hosts_probe_refused},
        {"a host and GDB see what is there", hosts_list},
};
UNIT_MAIN(tests)
