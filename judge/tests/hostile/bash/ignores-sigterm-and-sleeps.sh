# expect: time_limit
trap '' TERM INT HUP QUIT
sleep 600
