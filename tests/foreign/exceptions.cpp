// SPDX-License-Identifier: MIT
//
// Exceptions of C++ and hooked returns: firmware that tests itself, by the headers and the library
// alone. Prints TAP, then "done".
//
#include <csetjmp>
#include <cstdint>
#include <exception>

#include "trapline.h"

#define FUNCTION __attribute__((noinline, noclone))

static volatile uint32_t &reg(uint32_t addr)
{
	return *reinterpret_cast<volatile uint32_t *>(addr);
}

static int uart_read(void *, uint8_t *buf, int n)
{
	if (n < 1 || !(reg(0x40004004) & 2))
		return 0;
	*buf = static_cast<uint8_t>(reg(0x40004000));
	return 1;
}

static int uart_write(void *, const uint8_t *buf, int n)
{
	if (n < 1 || reg(0x40004004) & 1)
		return 0;
	reg(0x40004000) = *buf;
	return 1;
}

static uint32_t ticks(void *)
{
	return ~reg(0x40001004);
}

static void say(const char *text)
{
	while (*text)
		if (tl_console_write(text, 1) == 1)
			text++;
		else
			tl_poll();
}

static unsigned failed;

static void check(bool good, const char *what)
{
	say(good ? "ok - " : "not ok - ");
	say(what);
	say("\n");
	failed += !good;
}

// ---- what throws, and what it is thrown through ----

struct error {
	int code;
};
struct other {
};

static volatile int destroyed, entered;

struct guard {
	~guard()
	{
		destroyed = destroyed + 1;
	}
};

FUNCTION static int decode(int v)
{
	entered = entered + 1;
	if (v < 0)
		throw error{v};
	return v + 1;
}

FUNCTION static int parse(int v)
{
	guard g;
	int n = decode(v);

	entered = entered + 1;
	return n * 2;
}

FUNCTION static int job(int v)
{
	guard g;
	int n = parse(v);

	entered = entered + 1;
	return n + 1;
}

FUNCTION static int catches(int v)
{
	try {
		return job(v);
	} catch (const error &e) {
		return e.code;
	}
}

FUNCTION static int rethrows(int v)
{
	try {
		return job(v);
	} catch (const error &) {
		destroyed = destroyed + 100;
		throw;
	}
}

FUNCTION static int throws_another(int v)
{
	try {
		return job(v);
	} catch (const error &) {
		throw other();
	}
}

FUNCTION static int catches_other(int v)
{
	try {
		return rethrows(v);
	} catch (const other &) {
		return 5;
	}
}

FUNCTION __attribute__((optimize("O2"))) static int jumps(int v) // a tail call
{
	return decode(v - 1);
}

static jmp_buf out;

FUNCTION static int never_throws(int v) noexcept
{
	return job(v);
}

FUNCTION static int leaves(int v)
{
	if (v < 0)
		longjmp(out, 9);
	return v;
}

FUNCTION static int down(int n)
{
	guard g;

	return n ? down(n - 1) + 1 : decode(-7);
}

// ---- probes ----

static int seen;
static int handle(struct tl_kretprobe_instance *, struct tl_regs *)
{
	seen++;
	return 0;
}

static struct tl_kretprobe probes[4];
static unsigned hooked;

static void hook(int (*function)(int))
{
	probes[hooked] = {};
	probes[hooked].kp.addr = reinterpret_cast<uintptr_t>(function);
	probes[hooked].handler = handle;
	if (tl_register_kretprobe(&probes[hooked]))
		check(false, "it is hooked");
	hooked++;
}

static void begin()
{
	hooked = 0;
	seen = 0;
	destroyed = 0;
	entered = 0;
}

// The calls that returned and those that were left are all there were.
static bool accounted(int returned, unsigned left)
{
	unsigned missed = 0, hits = 0;

	for (unsigned i = 0; i < hooked; i++) {
		hits += probes[i].kp.hits;
		missed += probes[i].nmissed;
		tl_unregister_kretprobe(&probes[i]);
	}
	return seen == returned && missed == left && hits == returned + left;
}

// ---- cases ----

static void test_through()
{
	begin();
	hook(parse), hook(job);
	check(catches(-3) == -3 && destroyed == 2, "an exception through two hooked calls");
	check(catches(3) == 9 && destroyed == 4, "and none");
	check(accounted(2, 2), "two returned, two were left");

	begin();
	hook(decode), hook(parse), hook(job), hook(catches);
	check(catches(-3) == -3, "from a hooked function, and caught in one");
	check(accounted(1, 3), "which returns");
}

static void test_rethrow()
{
	int code = 0;

	begin();
	hook(decode), hook(parse), hook(rethrows);
	try {
		rethrows(-4);
	} catch (const error &e) {
		code = e.code;
	}
	check(code == -4 && destroyed == 102, "thrown again in a hooked function");
	check(accounted(0, 3), "all three are left");

	begin();
	hook(job), hook(throws_another);
	code = 0;
	try {
		throws_another(-4);
	} catch (const other &) {
		code = 1;
	}
	check(code == 1 && destroyed == 2, "another one thrown");
	check(accounted(0, 2), "both are left");

	begin();
	hook(rethrows), hook(catches_other);
	code = 0;
	try {
		catches_other(-2);
	} catch (const error &e) {
		code = e.code;
	}
	check(code == -2, "past a handler of other exceptions");
	check(accounted(0, 2), "both are left");
}

static void test_tail_call()
{
	int code = 0;

	begin();
	hook(jumps), hook(decode);
	check(jumps(4) == 4, "a tail call");
	try {
		jumps(0);
	} catch (const error &e) {
		code = e.code;
	}
	check(code == -1, "that throws");
	check(accounted(2, 2), "two calls returned, and two were left, at one stack pointer");
}

static void test_recursion()
{
	int code = 0;

	begin();
	hook(down);
	for (int i = 0; i < 3 * TL_RETURNS; i++)
		try {
			down(4);
		} catch (const error &e) {
			code += e.code;
		}
	check(code == -7 * 3 * TL_RETURNS && destroyed == 5 * 3 * TL_RETURNS,
	      "through recursion, again and again");
	check(accounted(0, 5 * 3 * TL_RETURNS), "no call keeps its instance");
}

static void give_up()
{
	longjmp(out, 8);
}

static void test_noexcept()
{
	std::terminate_handler before = std::set_terminate(give_up);
	int how;

	begin();
	hook(job), hook(never_throws);
	check(never_throws(1) == 5, "a function that does not throw");
	how = setjmp(out);
	if (!how)
		never_throws(-1);
	check(how == 8, "std::terminate() where it does");
	std::set_terminate(before);
	accounted(2, 2);

	begin();
	hook(leaves);
	how = setjmp(out);
	if (!how)
		leaves(-1);
	check(how == 9, "longjmp()");
	check(leaves(2) == 2 && catches(-1) == -1, "and exceptions after that");
	for (unsigned i = 0; i < hooked; i++)
		tl_unregister_kretprobe(&probes[i]);
}

int main()
{
	static const struct tl_port port = {.read = uart_read, .write = uart_write, .ticks = ticks,
		.tick_hz = 25000000, .ctx = nullptr, .board = "exceptions", .build_id = nullptr,
		.read_halted = nullptr, .memory = nullptr, .reset = nullptr, .flash = nullptr,
		.write_text = nullptr};

	reg(0x40004010) = 217;
	reg(0x40004008) = 3;
	reg(0x40001008) = 0xffffffff;
	reg(0x40001004) = 0xffffffff;
	reg(0x40001000) = 1;
	tl_init(&port);
	say("# exceptions on mps2-an385\n");
	test_through();
	test_rethrow();
	test_tail_call();
	test_recursion();
	test_noexcept();
	say(failed ? "done, some failed\n" : "done, 0 failed\n");
	for (;;)
		tl_poll();
}

// What the C library asks for.
extern "C" {
void _init()
{
}
void *_sbrk(int n)
{
	static char heap[32768] __attribute__((aligned(8))), *at = heap;
	char *old = at;

	at += n;
	return old;
}
void _exit(int)
{
	check(false, "_exit()");
	for (;;)
		tl_poll();
}
int _write(int, const char *, int n)
{
	return n;
}
int _read(int, char *, int)
{
	return 0;
}
int _close(int)
{
	return 0;
}
int _lseek(int, int, int)
{
	return 0;
}
int _fstat(int, void *)
{
	return 0;
}
int _isatty(int)
{
	return 1;
}
int _kill(int, int)
{
	return -1;
}
int _getpid()
{
	return 1;
}
}
