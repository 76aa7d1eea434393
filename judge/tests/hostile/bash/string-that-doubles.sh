# expect: memory_limit, runtime_error, time_limit
a=x
while :; do a=$a$a; done
