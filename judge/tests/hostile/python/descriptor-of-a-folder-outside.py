# A folder's descriptor from before the root changed would lead out, as it once did elsewhere.
# expect: accepted
import os
seen = []
for process in filter(str.isdigit, os.listdir('/proc')):
    for number in range(64):
        try:
            seen.append(os.listdir(f'/proc/{process}/fd/{number}/../../../../etc'))
        except OSError:
            pass
print(seen or 'contained')
