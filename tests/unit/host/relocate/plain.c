/* SPDX-License-Identifier: MIT */
/* What compilers tell addresses of: functions apart and inlined, a cold part, one in the segment of
 * data, one that nobody calls; variables of each kind of section; blocks, calls and values on the
 * way. */
int first(void);
int outer(int);
int throws(int);

static const int table[4] = {1, 2, 3, 5};
const char *const names[] = {"one", "two"};
int counter = 3, other;
static int hidden = 4;
static int *at = &hidden;
int (*volatile later)(int) = outer;

__attribute__((cold, noinline)) static void failed(int code)
{
	counter = code;
}

static inline int inlined(int a)
{
	int twice = a * 2;

	for (int i = 0; i < a; i++)
		twice += table[i & 3];
	return twice;
}

__attribute__((noinline, noclone)) static int leaf(int a, int *to)
{
	static int calls;

	*to += ++calls;
	return inlined(a) + inlined(a + other);
}

__attribute__((section(".fast"), noinline)) int fast(int a)
{
	int sum = 0;

	for (int i = 0; i < a; i++) {
		int square = i * i;

		sum += leaf(square, at);
	}
	return sum;
}

int unused(int a)
{
	static int wasted;

	return leaf(a, &wasted) + 1;
}

int outer(int a)
{
	int n = a;

	if (__builtin_expect(a > 1000, 0))
		failed(a);
	{
		int inner = leaf(n, &n);

		n += inner + fast(inner);
	}
	return n + (int)(names[a & 1][0]);
}

int first(void)
{
	return outer(2) + later(3) + throws(4) + *at;
}
