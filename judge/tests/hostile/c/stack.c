// expect: runtime_error, memory_limit
int down(volatile int *n) {
    volatile int frame[64];
    frame[0] = *n + 1;
    return down(frame) + frame[1];
}
int main(void) {
    volatile int n = 0;
    return down(&n);
}
