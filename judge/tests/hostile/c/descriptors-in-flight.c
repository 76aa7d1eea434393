// Sockets sent through sockets: descriptors that no process has open.
// expect: accepted, memory_limit, time_limit
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    int ends[2], sent = 0;
    char space[CMSG_SPACE(sizeof(int))], byte = 0;
    while (sent < 100000 && socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0) {
        struct iovec text = {&byte, 1};
        struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &ends[0], sizeof(int));
        if (sendmsg(ends[1], &message, MSG_DONTWAIT) < 0) break;
        close(ends[0]);
        close(ends[1]);
        sent++;
    }
    puts(sent < 100000 ? "contained" : "endless");
}
