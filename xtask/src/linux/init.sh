#!/bin/busybox sh
# Measures how late a task of 1 ms period starts, then switches off. On the kernel's command line `loops=N`
# says how often, and `histogram=N` asks for a histogram up to N us; the kernel hands them over as variables.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mkdir -p /dev/shm
echo "Linux user space is up"
measure() {
    /bin/cyclictest --quiet --mlockall --priority=80 --interval=1000 --loops="${loops:-500}" "$@"
}
if [ -n "${histogram:-}" ]; then
    # Lines without a sample would only fill the console.
    measure --histogram="$histogram" | /bin/busybox grep -v ' 000000$'
else
    measure
fi
/bin/busybox poweroff -f
