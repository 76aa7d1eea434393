// Files in /dev/shm, mapped by nobody.
// expect: memory_limit, runtime_error
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    for (int i = 0;; i++) {
        char name[64];
        sprintf(name, "/dev/shm/laurel-hostile-%d", i / 8);
        int file = open(name, O_CREAT | O_APPEND | O_WRONLY, 0600);
        if (file < 0 || write(file, block, sizeof block) < 0) return 1;
        close(file);
    }
}
