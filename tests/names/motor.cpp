/* SPDX-License-Identifier: MIT */
/* What C++ makes of names: overloads, operators, templates, constructors, lambdas, an anonymous
 * namespace, members with const. */
namespace drive {
struct Base {
	int kind;
};

struct Motor : virtual Base { /* a virtual base: its constructors C1 and C2 differ */
	int rpm;
	Motor(int v);
	int set(int v);
	int set(int v, int w);
	int get() const;
	int operator+=(int k);
	int operator()(int k);
	int operator[](int k);
	bool operator<(int k);
	operator bool() const;
};

#define OUT __attribute__((noinline, used))
OUT Motor::Motor(int v) : rpm(v) {}
OUT int Motor::set(int v) { return rpm = v * 3; }
OUT int Motor::set(int v, int w) { return rpm = v * w; }
OUT int Motor::get() const { return rpm; }
OUT int Motor::operator+=(int k) { return rpm += k; }
OUT int Motor::operator()(int k) { return rpm - k; }
OUT int Motor::operator[](int k) { return rpm * k; }
OUT bool Motor::operator<(int k) { return rpm < k; }
OUT Motor::operator bool() const { return rpm; }
OUT int limit_of(int v) { return v / 3; }
OUT int total(int v) { return limit_of(v) + v * v; }
volatile int limit = 7;
} // namespace drive

namespace {
OUT int hidden(int v) { return v + 1; }
} // namespace

template <class T> OUT T clamp3(T a, T lo, T hi) { return a < lo ? lo : a > hi ? hi : a; }
template int clamp3<int>(int, int, int);
template long long clamp3<long long>(long long, long long, long long);

int later(int (*f)(int), int v) { return f(v); }

extern "C" int work(int v)
{
	auto twice = [](int k) OUT { return 2 * k; };

	return twice(v) + hidden(v) + drive::limit;
}
