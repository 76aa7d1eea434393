// Processes that cannot be dumped, of an executable that cannot be read, share their memory out among themselves.
// expect: memory_limit
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int count, char **arguments) {
    if (count == 1) {
        chmod(arguments[0], 0111);
        execl("/proc/self/exe", "again", "again", (char *)0);
        return 1;
    }
    prctl(PR_SET_DUMPABLE, 0);
    for (int i = 0; i < 8; i++) {
        if (fork()) continue;
        char *block = mmap(0, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block != MAP_FAILED) memset(block, 1, 32 << 20);
        for (;;) sleep(1);
    }
    for (;;) sleep(1);
}
