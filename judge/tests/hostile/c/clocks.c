// expect: accepted
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    struct timespec then = {1000000000, 0};
    struct timeval day = {1000000000, 0};
    int set = 0;
    for (int clock = 0; clock < 12; clock++) set += clock_settime(clock, &then) == 0;
    set += settimeofday(&day, 0) == 0;
    char adjust[512] = {0};
    set += syscall(SYS_adjtimex, adjust) >= 0 || syscall(SYS_clock_adjtime, 0, adjust) >= 0;
    puts(set ? "set" : "contained");
}
