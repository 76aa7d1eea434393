// expect: memory_limit, runtime_error, time_limit
#include <stdio.h>
#include <sys/stat.h>
int main(void) {
    for (int i = 0;; i++) {
        char name[64];
        sprintf(name, "laurel-hostile-%d", i);
        if (mkdir(name, 0700)) return 1;
    }
}
