// expect: runtime_error, memory_limit
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    for (int i = 0;; i++) {
        char name[64];
        sprintf(name, "/tmp/laurel-hostile-%d", i);
        int file = open(name, O_CREAT | O_WRONLY, 0600);
        if (file < 0 || write(file, block, sizeof block) < (int)sizeof block) return 1;
        close(file);
    }
}
