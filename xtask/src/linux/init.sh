#!/bin/busybox sh
# Measures how late a task of 1 ms period starts, then switches off. `loops=N` on the kernel's command
# line says how often; the kernel hands it over as a variable.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mkdir -p /dev/shm
echo "Linux user space is up"
/bin/cyclictest --quiet --mlockall --priority=80 --interval=1000 --loops="${loops:-500}"
/bin/busybox poweroff -f
