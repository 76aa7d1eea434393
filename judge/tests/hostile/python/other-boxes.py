# Waits for another box's files, processes and sockets to show up.
# expect: accepted
import os, socket, time
seen = []
until = time.monotonic() + 0.3
while time.monotonic() < until:
    seen += [name for name in os.listdir('/tmp') if name != 'work']
    seen += [name for name in os.listdir('/proc') if name.isdigit() and int(name) > 2]
    time.sleep(0.01)
seen += [line for line in open('/proc/self/net/unix').read().splitlines()[1:]]
print(seen or 'contained')
