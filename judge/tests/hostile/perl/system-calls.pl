# Calls by number: ptrace, mount, unshare, keyctl, bpf, io_uring_setup, pidfd_open.
# expect: accepted
my @through = grep { syscall($_, 0, 0, 0, 0, 0) >= 0 } 101, 165, 272, 250, 321, 425, 434;
print @through ? "@through" : 'contained';
