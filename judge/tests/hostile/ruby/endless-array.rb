# expect: memory_limit, runtime_error
kept = []
loop { kept << 'x' * 1000 }
