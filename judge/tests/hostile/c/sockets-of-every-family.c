// expect: accepted
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    for (int family = 0; family < 64; family++)
        for (int kind = 1; kind < 11; kind++)
            for (int protocol = 0; protocol < 20; protocol++)
                if (family != AF_UNIX && socket(family, kind, protocol) >= 0) return printf("family %d\n", family), 0;
    puts("contained");
}
