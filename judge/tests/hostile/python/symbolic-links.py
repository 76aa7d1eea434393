# Links in place of everything that somebody might read afterwards.
# expect: accepted
import os
for name in ('main.py', 'out', 'core', 'stdout', 'answer', 'report'):
    if os.path.lexists(name):
        os.remove(name)
    os.symlink('/etc/passwd', name)
os.symlink('/proc/1/fd/5', '/tmp/control')
os.symlink('.', 'laurel-hostile')
print('contained')
