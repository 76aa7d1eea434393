# expect: time_limit
print "contained" unless ('a' x 40) =~ /^(?:(?:a|a)*)*b\z|^(a*)*c\1\z/ || ('a' x 40 . 'x') =~ /^(\w*\w*)*\1y\z/;
while (1) { ('ab' x 400) =~ /^((?:a.?b?)*)*\1z/ }
