// Jumps over guard pages with frames of a MiB.
// expect: runtime_error, memory_limit
#include <string.h>
int down(int n) {
    volatile char frame[1 << 20];
    memset((char *)frame, n, sizeof frame);
    return n ? down(n + 1) + frame[n & 0xfffff] : 0;
}
int main(void) {
    return down(1);
}
