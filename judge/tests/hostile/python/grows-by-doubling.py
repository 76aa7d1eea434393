# expect: memory_limit, runtime_error
text = b'x'
while True:
    text += text
