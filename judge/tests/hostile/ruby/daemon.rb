# expect: accepted
Process.daemon(true, true) if fork.nil?
Process.wait
fork { Process.setsid; trap('TERM', 'IGNORE'); sleep 600 }
puts 'contained'
