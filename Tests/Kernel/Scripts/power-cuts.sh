#!/usr/bin/env bash
# power-cuts.sh COUNT: COUNT times each on XFS and ext4, the file system stops dead while the server
# writes (what its log has not flushed is gone, and every call fails), is mounted again, and judged.
source "$(dirname "$0")/server.sh"
count=${1:?how many power cuts}
[ "$(id -u)" = 0 ] || skip "power cuts: not root"
for tool in xfs_io mkfs.xfs mkfs.ext4 losetup; do
    command -v "$tool" >/dev/null || skip "power cuts: there is no $tool"
done
losetup --find >/dev/null 2>&1 || skip "power cuts: there are no loop devices"

for system in xfs ext4; do
    image=$work/$system.img
    disk=$work/$system
    ledger=$work/ledger-$system
    truncate -s 512M "$image"
    "mkfs.$system" -q "$image"
    mkdir "$disk"
    mount -o loop "$image" "$disk" 2>/dev/null || skip "power cuts: $system cannot be mounted"
    mounts+=("$disk")
    for cut in $(seq "$count"); do
        start "$disk/data" || fail "$system: no start before cut $cut (exit $status)"
        produce --count $((cut * 7 % 40 + 3))
        produce --count 4000 &
        producer=$!
        sleep "0.$((cut * 37 % 90 + 10))"
        xfs_io -x -c shutdown "$disk"
        wait "$producer" || true
        kill_server
        umount "$disk"
        mount -o loop "$image" "$disk"
        judge "$disk/data" "$system, after power cut $cut"
    done
    umount "$disk"
    echo "power cuts: $count on $system, nothing lost"
done
