# expect: time_limit, memory_limit
fork while 1;
