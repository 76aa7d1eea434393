// Pages of a file that has no name any more, filled and let go.
// expect: memory_limit, runtime_error
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
    size_t length = 16UL << 20;
    for (;;) {
        int file = open("/tmp/laurel-hostile", O_CREAT | O_RDWR, 0600);
        if (file < 0 || unlink("/tmp/laurel-hostile") || ftruncate(file, length)) return 1;
        char *block = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (block == MAP_FAILED) return 1;
        memset(block, 1, length);
        madvise(block, length, MADV_DONTNEED);
    }
}
