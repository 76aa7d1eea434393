// Links to what is not the program's own.
// expect: accepted
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    int linked = link("/box-init", "laurel-hostile") == 0 || link("/proc/1/root/etc/passwd", "laurel-hostile") == 0;
    linked += linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, "laurel-hostile", AT_SYMLINK_FOLLOW) == 0;
    linked += rename("/box-init", "/tmp/laurel-hostile") == 0 || unlink("/box-init") == 0;
    puts(linked ? "linked" : "contained");
}
