/* SPDX-License-Identifier: MIT */
/*
 * What C++ adds to values.c.
 */
#include <stdint.h>

namespace drive
{
enum class Mode : uint8_t { Idle, Run, Stop = 9 };

struct Base {
	int id = 7;
};

class Motor : public Base
{
      public:
	int speed = -20;
	Mode mode = Mode::Stop;
	static int count;

      private:
	float gain = 0.25f;
};

int Motor::count = 3;
Motor left;
Motor &alias = left;
int total = 12;
namespace inner
{
int total = 13;
}
} // namespace drive

template <typename T, int N> struct Ring {
	T items[N];
	unsigned head;
};
Ring<short, 3> ring = {{1, -2, 3}, 1};

int main()
{
	return drive::left.speed + drive::alias.id + ring.head;
}
