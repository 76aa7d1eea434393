// expect: accepted
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    int reached = mount("none", "/tmp", "tmpfs", 0, 0) == 0 || mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0) == 0;
    reached += mount("/", "/tmp/work", 0, MS_BIND | MS_REC, 0) == 0 || umount2("/proc", MNT_DETACH) == 0;
    reached += chroot("/tmp") == 0 || syscall(SYS_pivot_root, "/tmp", "/tmp") == 0;
    for (int call = 428; call < 434; call++) reached += syscall(call, -100, "/", 1, 0, 0, 0) >= 0;
    reached += syscall(442, -100, "/", 0, 0, 0) >= 0;
    puts(reached ? "reached" : "contained");
}
