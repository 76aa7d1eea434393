# Jobs that outlive the script, deaf and in the background.
# expect: accepted
for i in 1 2 3; do
    (trap '' HUP TERM; exec </dev/null >/dev/null 2>&1; sleep 600) &
    disown
done
echo contained
