// expect: accepted
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    for (int s = 1; s < 65; s++) kill(1, s);
    usleep(20000);
    puts(kill(1, 0) == 0 || getppid() == 1 ? "contained" : "it is gone");
}
