// expect: accepted
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
int main(void) {
    const char *paths[] = {"/dev/mem", "/dev/kmem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/fuse", "/dev/kvm",
        "/dev/tty", "/dev/ptmx", "/dev/pts/0", "/dev/console", "/dev/net/tun", "/dev/loop-control", "/dev/mapper/control"};
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
        if (open(paths[i], O_RDONLY | O_NONBLOCK) >= 0) return puts(paths[i]), 0;
    for (int major = 1; major < 260; major++)
        if (mknod("device", S_IFCHR | 0666, makedev(major, 1)) == 0 || mknod("device", S_IFBLK | 0666, makedev(major, 0)) == 0)
            return printf("made %d\n", major), 0;
    puts("contained");
}
