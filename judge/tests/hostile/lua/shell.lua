-- expect: accepted
local pipe = io.popen('cat /etc/passwd')
local stolen = pipe and pipe:read('a') or ''
local shadow = io.open('/etc/shadow') or io.open('/proc/1/environ')
print((stolen ~= '' or shadow or os.execute('true') == true) and 'out' or 'contained')
