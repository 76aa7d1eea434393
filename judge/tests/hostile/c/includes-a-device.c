// Endless, if it were read.
// expect: compile_error
#include "/dev/zero"
int main(void) {}
