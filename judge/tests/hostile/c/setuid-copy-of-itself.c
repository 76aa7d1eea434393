// expect: accepted
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **arguments) {
    chmod("main", 06755);
    int became = setuid(0) == 0 || setgid(0) == 0 || setresuid(0, 0, 0) == 0 || syscall(SYS_setfsuid, 0) == 0;
    if (count == 1) {
        char *again[] = {"./main", "again", 0};
        execv("./main", again);
    }
    puts(became || geteuid() == 0 ? "root" : "contained");
}
