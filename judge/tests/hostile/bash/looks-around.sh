# What the host, the judge and other boxes keep to themselves.
# expect: accepted
for path in /etc/passwd /etc/shadow /etc/hostname /root /home /var /run /sys/kernel /sys/class /proc/1/environ /proc/1/root/etc \
    /proc/1/fd/3 /proc/kcore /proc/keys /proc/sched_debug /boot /dev/mem /dev/sda /dev/vda /dev/tty; do
    if cat "$path" >/dev/null 2>&1 || ls "$path"/* >/dev/null 2>&1; then
        [ "$(cat "$path" 2>/dev/null | head -c 1 | wc -c)" = 0 ] && ! ls "$path"/* >/dev/null 2>&1 || echo "saw $path"
    fi
done
echo contained
