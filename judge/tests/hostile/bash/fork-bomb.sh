# expect: wrong_answer, runtime_error, time_limit, memory_limit
:(){ :|:& };:
wait
