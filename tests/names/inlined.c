/* SPDX-License-Identifier: MIT */
/* What optimisation makes of names: functions inlined away, and copies with fewer arguments. */
volatile int sink, in = 3;

static inline __attribute__((always_inline)) int twice(int v)
{
	return 2 * v;
}

static inline __attribute__((always_inline)) int four(int v)
{
	return twice(v) + twice(v + in);
}

int thrice(int v);
__attribute__((always_inline)) inline int thrice(int v) /* a function of its own, too */
{
	return 3 * v + sink;
}

static __attribute__((noinline)) int scale(int v, int k, int unused)
{
	int s = 0;

	(void)unused;
	for (int i = 0; i < k; i++)
		s += v ^ i;
	sink = s;
	return s;
}

int compute(int v)
{
	return four(v);
}

void work(void)
{
	sink = scale(in, 5, 1) + scale(in + 1, 5, 1) + twice(in) + compute(in) + thrice(in);
}
