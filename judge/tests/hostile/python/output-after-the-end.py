# The child writes when its parent has long ended.
# expect: accepted, wrong_answer
import os, time
if os.fork() == 0:
    os.setsid()
    while True:
        try:
            os.write(1, b'')
        except OSError:
            pass
        time.sleep(0.01)
os.write(1, b'contained\n')
os._exit(0)
