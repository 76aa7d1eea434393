# expect: accepted
stolen = (`cat /etc/passwd` rescue '') + (open('|cat /etc/shadow').read rescue '') + (File.read('/proc/1/environ') rescue '')
puts stolen.empty? ? 'contained' : 'out'
