// The program ends; what it left behind does not.
// expect: accepted
#include <stdio.h>
#include <unistd.h>
int main(void) {
    if (!fork()) {
        setsid();
        if (!fork()) for (;;);
        _exit(0);
    }
    puts("contained");
}
