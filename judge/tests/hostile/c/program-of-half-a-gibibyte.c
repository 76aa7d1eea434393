// expect: compile_error
int filled[1 << 27] = {1};
int main(void) { return filled[1 << 20]; }
