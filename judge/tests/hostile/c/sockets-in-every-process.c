// What lies in a socket is memory of the kernel, also when the socket itself lies in another one; in 60 processes.
// expect: memory_limit
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    static char block[1 << 16];
    for (int i = 0; i < 60; i++)
        if (fork() == 0) break;
    for (int ends[2]; socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0;)
        while (send(ends[0], block, sizeof block, MSG_NOSIGNAL) > 0);
    for (;;) pause();
}
