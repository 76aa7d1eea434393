# Every file, variable and argument that can be read; none holds the judge's, a checker's or another test's.
# expect: accepted
import os
wanted = [word.encode() for word in ('LAUREL' + '_', 'test' + '_cases', 'chec' + 'ker', 'nats' + '://', 'expec' + 'ted')]
found = []
def look(path):
    try:
        with open(path, 'rb', buffering=0) as file:
            text = file.read(1 << 20) or b''
    except OSError:
        return
    found.extend((path, word) for word in wanted if word in text)
for folder, _, names in os.walk('/tmp'):
    for name in names:
        if name != 'main.py':
            look(os.path.join(folder, name))
for process in filter(str.isdigit, os.listdir('/proc')):
    for name in ('cmdline', 'environ', 'mounts', 'mountinfo', 'cgroup', 'comm'):
        look(f'/proc/{process}/{name}')
for descriptor in range(3, 64):
    look(f'/proc/self/fd/{descriptor}')
print(found or 'contained')
