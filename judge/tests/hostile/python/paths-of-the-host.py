# Where a mount comes from is no path that tells of the host's users or of the judge.
# expect: accepted
text = open('/proc/self/mountinfo').read() + open('/proc/self/cgroup').read()
telling = ('/home', '/root', 'laurel', '/work', 'docker', 'kubepods')
print([line for line in text.splitlines() if any(word in line for word in telling)] or 'contained')
