# Where a mount comes from is no path that tells of the host's users or of the judge.
# expect: accepted
text = open('/proc/self/mountinfo').read() + open('/proc/self/cgroup').read()
print('leaked' if any(word in text for word in ('/home', '/root', 'laurel', '/work', 'docker', 'kubepods')) else 'contained')
