// Calls that other escapes began with, or that are nobody's business here.
// expect: accepted
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    int calls[] = {SYS_bpf, SYS_userfaultfd, SYS_perf_event_open, SYS_fanotify_init, SYS_inotify_init1, SYS_kexec_load,
        SYS_init_module, SYS_finit_module, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_quotactl, SYS_syslog, SYS_iopl,
        SYS_ioperm, SYS_modify_ldt, SYS_swapon, SYS_acct, SYS_reboot, SYS_sethostname, SYS_setdomainname, SYS_lookup_dcookie,
        SYS_move_pages, SYS_migrate_pages, SYS_mbind, SYS_set_mempolicy, SYS_vmsplice, SYS_splice, SYS_tee, SYS_remap_file_pages,
        SYS_uselib, SYS_ustat, SYS_sysfs, SYS_nfsservctl, SYS_vhangup, SYS_seccomp, SYS_memfd_create, 447, 448, 449, 450, 454};
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (syscall(calls[i], 0, 0, 0, 0, 0, 0) >= 0) return printf("call %d\n", calls[i]), 0;
    puts("contained");
}
