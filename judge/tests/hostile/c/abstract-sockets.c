// Names in the network namespace: nobody of another box, and nobody of the host, listens there.
// expect: accepted
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
int main(void) {
    const char *names[] = {"/tmp/.X11-unix/X0", "/run/dbus/system_bus_socket", "laurel", "note"};
    for (int i = 0; i < 4; i++) {
        struct sockaddr_un address = {AF_UNIX};
        strcpy(address.sun_path + 1, names[i]);
        int end = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(end, (void *)&address, 3 + strlen(names[i])) == 0) return puts(names[i]), 0;
    }
    puts("contained");
}
