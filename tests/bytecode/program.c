/* SPDX-License-Identifier: MIT */
/*
 * What GDB and the agent evaluate expressions on: a variable of every kind, and a frame with
 * arguments and locals. Nothing starts it: the debugger sets the PC to outer() and the stack
 * pointer into `stack`, and runs to here().
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __ARM_ARCH
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[] = {
        0x20008000, 1}; /* SP, and Thumb state */
#endif

enum color { RED = -1, GREEN, BLUE = 5 };

struct inner {
	int8_t a;
	uint16_t b;
	int64_t c;
};

struct outer {
	struct inner in, two[2];
	int32_t s3 : 3, s13 : 13, s16 : 16;
	uint32_t u1 : 1, u7 : 7, u24 : 24;
	uint64_t u40 : 40, u20 : 20;
	int64_t s33 : 33;
	struct outer *next;
	union {
		uint32_t word;
		uint8_t bytes[4];
	} u;
};

int8_t s8 = -100;
uint8_t u8 = 200;
int16_t s16 = -30000;
uint16_t u16 = 60000;
int32_t s32 = -2000000000;
uint32_t u32 = 4000000000u;
int64_t s64 = -9000000000000000000;
uint64_t u64 = 18000000000000000000u;
char c = 'x';
short sh = 77;
long l = -123456, zero;
unsigned long ul = 654321;
long long ll = 0x123456789abcdefll;
bool yes = true, no = false;
enum color color = RED, other = BLUE;
volatile const uint32_t vc = 17;

int8_t as8[4] = {-1, 2, -3, 100};
uint8_t au8[4] = {1, 200, 255, 0};
int16_t as16[4] = {-1, 300, -30000, 7};
uint16_t au16[4] = {65535, 1, 2, 3};
int32_t as32[4] = {-1, 70000, -2000000000, 3};
uint32_t au32[4] = {0xffffffff, 0x80000000, 1, 2};
int64_t as64[3] = {-1, 0x123456789abcdef, -0x7000000000000000};
uint64_t au64[3] = {UINT64_MAX, 1, 0xdeadbeefcafef00d};
int32_t grid[2][3] = {{1, 2, 3}, {-4, -5, -6}};

struct outer second = {.in = {5, 6, 7},
                       .s3 = 3,
                       .s13 = 4095,
                       .s16 = -5,
                       .u1 = 0,
                       .u7 = 100,
                       .u24 = 0xabcdef,
                       .u40 = 0x123456789a,
                       .u20 = 0x54321,
                       .s33 = 0xfedcba98,
                       .u = {0x80818283}};
struct outer first = {.in = {-7, 50000, -1},
                      .two = {{1, 2, 3}, {-4, 5, -6}},
                      .s3 = -4,
                      .s13 = -4096,
                      .s16 = 32767,
                      .u1 = 1,
                      .u7 = 127,
                      .u24 = 1,
                      .u40 = 0xffffffffff,
                      .u20 = 1,
                      .s33 = -1,
                      .next = &second,
                      .u = {0x12345678}};

int32_t *pi = &as32[1];
uint16_t *ph = &au16[2];
uint8_t *pb = au8;
int64_t *pl = &as64[2];
struct outer *ps = &first;
struct outer **pps = &ps;
void *pv = &u32;
const char *text = "hello, world";
const char empty[] = "";
void *nowhere = 0;
#ifdef __ARM_ARCH
long long *unmapped = (void *)0x70000000;
#else
long long *unmapped = (void *)8;
#endif

uintptr_t stack[256];

__attribute__((noinline, used)) void here(int arg, unsigned char small, long long big,
                                          struct outer *object)
{
	short local = -5;
	unsigned long long wide = 0xf000000000000001u;
	int32_t list[3] = {10, -20, 30};
	struct inner copy = {object->in.a, 1234, big};

	__asm volatile("nop"
	               :
	               : "r"(arg + small + local), "r"(&wide), "r"(list), "r"(&copy)
	               : "memory");
	for (;;)
		;
}

__attribute__((used)) void outer(void)
{
	here(-42, 250, -77777777777, &first);
}
