// Memory and load of the machine, which another box could change as a message: 60 processes that ask for them without end.
// expect: time_limit
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>
int main(void) {
    struct sysinfo first, next;
    if (sysinfo(&first)) return 1;
    for (int i = 0; i < 60; i++)
        if (fork() == 0) break;
    for (;;) {
        memset(&next, 0, sizeof next);
        if (sysinfo(&next) == 0 && (next.freeram != first.freeram || next.uptime != first.uptime || next.loads[0] || next.sharedram))
            return 2;
    }
}
