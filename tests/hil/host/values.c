/* SPDX-License-Identifier: MIT */
/*
 * Variables of all kinds, for test_values.py: what trapline prints of them, and GDB.
 */
#include <stdbool.h>
#include <stdint.h>

enum colour { RED, GREEN, BLUE = 10, NEGATIVE = -3 };
enum flags { READ = 1, WRITE = 2, EXEC = 4 };
enum sets { HEAD = 1, TAIL = 2, LIGHTS = 4, BOTH = 3 };
typedef enum { OFF, ON } power_t;
typedef unsigned char octet;
typedef int (*operation)(int, int);

struct point {
	int16_t x, y;
};

struct bits {
	unsigned a : 3;
	int b : 5;
	unsigned c : 12;
	enum colour d : 5;
	unsigned long long wide : 40;
	bool e : 1;
	uint8_t tail;
};

struct __attribute__((packed)) packed {
	char tag;
	uint32_t word;
	uint16_t half;
	double real;
};

union number {
	uint32_t word;
	float real;
	uint8_t bytes[4];
};

struct node {
	struct node *next;
	const char *name;
	struct point at[2];
	union {
		int inner;
		float other;
	};
	struct {
		int deep;
		struct {
			int deeper;
		} level;
	};
	enum colour colour;
	operation run;
};

struct opaque;

static int add(int a, int b)
{
	return a + b;
}

signed char schar = -5;
unsigned char uchar = 200;
char letter = 'q', newline = '\n';
short int16 = -12345;
unsigned short uint16 = 54321;
int int32 = -123456789;
unsigned uint32 = 4123456789u;
long word = -1;
unsigned long uword = 0x80000001;
long long int64 = -1234567890123456789;
unsigned long long uint64 = 12345678901234567890u;
int8_t i8 = -1;
uint8_t u8 = 65;
octet byte = 66;
bool yes = true, no;
float single = 1.5f, tiny = 1e-40f;
double real = -3.141592653589793, huge = 1e300;
enum colour colour = BLUE, minus = NEGATIVE, none_of_them = (enum colour)5;
enum sets both = HEAD | TAIL, three = HEAD | LIGHTS;
enum flags two = READ | EXEC, none, odd = (enum flags)9;
power_t power = ON;
struct point origin = {3, -4}, line[3] = {{1, 2}, {3, 4}, {5, 6}};
struct bits bits = {5, -7, 3000, BLUE, 0xab12345678, true, 99};
struct packed packed = {'p', 0xdeadbeef, 0xcafe, 2.25};
union number number = {.real = 2.5f};
char text[16] = "hello\tworld", full[4] = {'f', 'u', 'l', 'l'};
const char *string = "a \"quoted\" string", *nowhere;
int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
uint8_t raw[8] = {1, 2, 3, 4, 250, 251, 252, 253};
struct node second = {0, "second", {{7, 8}, {9, 10}}, {.other = 0.5f}, {1, {2}}, GREEN, 0};
struct node first = {&second, "first", {{-1, -2}, {-3, -4}}, {42}, {-1, {-2}}, RED, add};
struct node *list = &first, **handle = &list;
operation operations[2] = {add, 0};
struct opaque *sealed = (struct opaque *)&first;
void *anything = &origin;
volatile const int limit = 77;
int empty[0];
extern int later[];
int later[2] = {8, 9};
static int hidden = 31;

int use(int n)
{
	static int calls = 4;

	calls += n;
	return hidden + calls;
}

int main(void)
{
	return use(1) + (list == *handle);
}
