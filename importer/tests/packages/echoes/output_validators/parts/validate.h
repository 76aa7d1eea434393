#pragma once
#include <cstdlib>
[[noreturn]] inline void wrong() { std::exit(43); }
[[noreturn]] inline void right() { std::exit(42); }
