// Endless, if it were read.
// expect: compile_error
#include "/dev/urandom"
int main(void) {}
