// Pages of shared anonymous memory that nobody has mapped in: filled and let go, or filled by a child that ends.
// expect: accepted
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static void hold(const char *how, int flags, int file) {
    size_t length = 512UL << 20, step = 16UL << 20;
    char *block = mmap(0, length, PROT_READ | PROT_WRITE, flags, file, 0);
    if (block == MAP_FAILED) return;
    for (size_t at = 0; at < length; at += step) {
        memset(block + at, 1, step);
        madvise(block + at, step, MADV_DONTNEED);
    }
    puts(how);
}
int main(void) {
    hold("shared", MAP_SHARED | MAP_ANONYMOUS, -1);
    hold("shared and validated", MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1);
    hold("shared without a reserve", MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    hold("a device", MAP_SHARED, open("/dev/zero", O_RDWR));
    hold("a device validated", MAP_SHARED_VALIDATE, open("/dev/zero", O_RDWR));
    puts("contained");
}
