# expect: accepted
import os
seen = []
for path in ('/..', '/../../../etc', '/proc/self/root/../etc', '/proc/1/cwd', '/proc/1/root', '/proc/self/cwd/../../../etc',
             '/proc/2/root/etc', '/dev/../etc', '/tmp/work/../../etc', '/oldroot', '/newroot', '/.pivot_root'):
    try:
        names = set(os.listdir(path))
    except OSError:
        continue
    if names - {'box-init', 'dev', 'lib', 'lib64', 'proc', 'tmp', 'usr'}:
        seen.append((path, names))
print(seen or 'contained')
