# Children fill shared memory and end.
# expect: accepted
import mmap, os
for flags in (mmap.MAP_SHARED | mmap.MAP_ANONYMOUS, 3 | mmap.MAP_ANONYMOUS):
    try:
        block = mmap.mmap(-1, 512 << 20, flags=flags)
    except OSError:
        continue
    for start in range(0, len(block), 16 << 20):
        if os.fork() == 0:
            block[start:start + (16 << 20)] = b'x' * (16 << 20)
            os._exit(0)
        os.wait()
    print('held')
print('contained')
