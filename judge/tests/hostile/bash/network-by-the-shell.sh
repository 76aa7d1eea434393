# The shell itself opens sockets.
# expect: accepted
for target in 169.254.169.254/80 127.0.0.1/4222 127.0.0.1/5432 127.0.0.1/6379 1.1.1.1/53; do
    if (exec 3<>"/dev/tcp/$target") 2>/dev/null; then echo "reached $target"; fi
done
echo contained
