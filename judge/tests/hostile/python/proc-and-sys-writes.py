# expect: accepted
import glob, os
written = []
for path in ['/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches', '/proc/sysrq-trigger', '/proc/1/oom_score_adj',
             '/proc/self/uid_map', '/proc/self/gid_map', '/proc/self/setgroups', '/proc/1/mem', '/proc/1/comm',
             '/sys/kernel/mm/ksm/run', '/sys/fs/cgroup/cgroup.procs', *glob.glob('/proc/sys/net/ipv4/*')]:
    try:
        with open(path, 'r+b', buffering=0) as file:
            file.write(b'1')
        written.append(path)
    except OSError:
        pass
print(written or 'contained')
