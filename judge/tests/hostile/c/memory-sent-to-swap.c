// What is sent out of resident memory is memory still.
// expect: memory_limit
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
int main(void) {
    size_t length = 16UL << 20;
    for (;;) {
        char *block = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return 1;
        memset(block, 1, length);
        madvise(block, length, MADV_PAGEOUT);
    }
}
