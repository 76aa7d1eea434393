-- expect: memory_limit, runtime_error
local text = ('x'):rep(1 << 32)
print(#text)
