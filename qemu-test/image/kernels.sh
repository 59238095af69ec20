#!/bin/sh
# kernels.sh ROOT FOLDER FLAVOUR...: into an unpacked Debian root, of the series that linux-image-amd64 names, the last but one
# kernel of each flavour (amd64, cloud-amd64). The last of the first flavour is kept as a package in FOLDER of it, where
# `names` has the versions: installed and newer one of the first, installed ones of the others.
set -eu
root=$1 folder=$2
shift 2

in_root() { chroot "$root" sh -c "$1"; }
newest() { # newest FLAVOUR NUMBER: the package of that kernel, counted from the last
	in_root "apt-cache search --names-only '^${series}[.][0-9]+[-+0-9a-z]*[0-9]-$1\$'" | cut -d ' ' -f 1 | sort -V |
		tail -n "$2" | head -n 1
}

series=$(in_root 'apt-cache depends linux-image-amd64' | sed -n 's/.*Depends: \(linux-image-[0-9]*\.[0-9]*\)\..*/\1/p')
[ -n "$series" ]
mkdir -p "$root$folder"
kept=
for flavour in "$@"; do
	old=$(newest "$flavour" 2)
	[ -n "$old" ]
	in_root "DEBIAN_FRONTEND=noninteractive apt-get install -y -q $old"
	echo "${old#linux-image-}" >>"$root$folder/names"
	[ -z "$kept" ] || continue
	kept=$(newest "$flavour" 1)
	[ "$old" != "$kept" ]
	in_root "cd $folder && apt-get download -q $kept"
	echo "${kept#linux-image-}" >>"$root$folder/names"
done
