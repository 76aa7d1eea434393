# expect: runtime_error, time_limit, memory_limit
loop { fork }
