// Typing into the terminal of whoever started the judge.
// expect: accepted
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
int main(void) {
    unsigned char paste = 3;
    int terminal = open("/dev/tty", O_RDWR), typed = terminal >= 0;
    for (int end = 0; end < 64; end++) {
        typed += ioctl(end, TIOCSTI, "x") == 0 || ioctl(end, TIOCSCTTY, 1) == 0 || ioctl(end, TIOCLINUX, &paste) == 0;
        typed += ioctl(end, 0xffffffff00000000UL | TIOCSTI, "x") == 0;
    }
    puts(typed ? "typed" : "contained");
}
