// Reading one byte in every 2 MiB of nothing costs the kernel a table each time.
// expect: memory_limit, time_limit, runtime_error
#include <sys/mman.h>
int main(void) {
    long length = 1L << 40;
    volatile char *nothing = mmap(0, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (nothing == MAP_FAILED) return 1;
    for (long at = 0; at < length; at += 2 << 20) (void)nothing[at];
    for (;;);
}
