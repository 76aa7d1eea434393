// Everything that prctl(2) could undo.
// expect: accepted
#include <linux/filter.h>
#include <stdio.h>
#include <sys/prctl.h>
int main(void) {
    int undone = prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
    undone += prctl(PR_SET_SECCOMP, 0, 0, 0, 0) == 0 || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2;
    undone += prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 1 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, 0, 0) == 0;
    undone += prctl(PR_SET_SECUREBITS, 0x2f, 0, 0, 0) == 0 || prctl(PR_SET_MM, PR_SET_MM_START_CODE, 0, 0, 0) == 0;
    struct sock_filter all = {0x06, 0, 0, 0x7fff0000};
    struct sock_fprog own = {1, &all};
    undone += prctl(PR_SET_SECCOMP, 2, &own, 0, 0) == 0;
    puts(undone ? "undone" : "contained");
}
