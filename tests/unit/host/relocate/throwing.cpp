// SPDX-License-Identifier: MIT
// Exceptions: tables of functions with a personality and data of their own; templates, a class.
namespace {
struct Guard {
	int *at;
	explicit Guard(int *p) : at(p) { ++*at; }
	~Guard() { --*at; }
};
int depth;

template <class T> __attribute__((noinline)) T twice(T v)
{
	if (v > 40)
		throw v;
	return v * 2;
}

template <int *P> __attribute__((noinline)) int taken()
{
	return *P;
}
} // namespace

int shared = 1;

extern "C" int throws(int a)
{
	Guard guard(&depth);

	try {
		return twice(a) + (int)twice((long)a) + taken<&shared>();
	} catch (int v) {
		return v;
	}
}
