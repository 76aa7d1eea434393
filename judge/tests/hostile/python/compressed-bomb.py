# expect: memory_limit, runtime_error
import zlib
packed = zlib.compress(bytes(1 << 24), 9)
print(len(b''.join(zlib.decompress(packed) for _ in range(64))))
