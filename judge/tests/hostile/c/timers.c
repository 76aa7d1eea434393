// expect: accepted
#include <signal.h>
#include <stdio.h>
#include <time.h>
int main(void) {
    timer_t timer;
    int made = 0;
    while (made < 100000 && timer_create(CLOCK_MONOTONIC, 0, &timer) == 0) made++;
    puts(made < 100000 ? "contained" : "endless");
}
