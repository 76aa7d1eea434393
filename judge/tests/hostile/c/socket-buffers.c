// So is what lies in sockets; in 60 processes.
// expect: accepted, memory_limit, time_limit
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    static char block[1 << 16];
    int raised = 0, size = 1 << 24;
    for (int i = 0; i < 60; i++) {
        if (fork()) continue;
        int ends[2];
        while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0) {
            if (setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0) _exit(1);
            while (send(ends[0], block, sizeof block, MSG_NOSIGNAL) > 0);
        }
        _exit(0);
    }
    int status;
    while (wait(&status) > 0) raised |= status;
    puts(raised ? "raised" : "contained");
}
