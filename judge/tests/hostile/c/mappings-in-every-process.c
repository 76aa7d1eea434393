// Mappings are memory of the kernel, also where nothing is mapped in; in 60 processes.
// expect: memory_limit, time_limit
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
    size_t page = 4096, count = 20000;
    char *pages = mmap(0, count * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) return 1;
    for (size_t i = 0; i < count; i += 2) mprotect(pages + i * page, page, PROT_NONE);
    for (int i = 0; i < 60; i++)
        if (fork() == 0) break;
    for (;;) pause();
}
