# shellcheck shell=sh
# For scripts that install packages in chroots of Debian's releases: sourced in the root of the checkout. It makes $dir, which is
# removed at the end; $root is the chroot that the functions work on.
[ "$(id -u)" -eq 0 ] || { echo "# chroots need root"; exit 1; }
dir=$(mktemp -d) || exit 1
# mmdebstrap, when it is killed, leaves mounts of this system
trap 'gpgconf --homedir "$dir/key" --kill all 2>/dev/null; rm -rf --one-file-system "$dir"' EXIT
trap 'exit 1' INT TERM
chmod 755 "$dir"
mirror=${BOOTSEAL_MIRROR:-http://deb.debian.org}
count=0

is() { # NAME GOT WANTED
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf 'got:\n%s\nwanted:\n%s\n' "$2" "$3" | tail -n 60
	fi
}

# make_root RELEASE VARIANT PACKAGES: a chroot of mmdebstrap as $dir/RELEASE, which is $root from now on, where packages start
# nothing. A mirror that stands still (as a snapshot does) has lists of sid that are no longer valid: their date is not looked at.
make_root() {
	root=$dir/$1
	security="deb $mirror/debian-security $1-security main"
	[ "$1" != sid ] || security=
	mmdebstrap --quiet --mode=root --variant="$2" --include="$3" --dpkgopt=force-unsafe-io --aptopt='Acquire::Languages "none"' \
		--aptopt='Acquire::Check-Valid-Until "false"' "$1" "$root" "deb $mirror/debian $1 main" ${security:+"$security"} >&2 || exit 1
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
}

# with mounts that end with the command; `without` holds what else it does not share with this system: -n, no network
without=
in_root() {
	# shellcheck disable=SC2016,SC2086 # text for another shell; options
	unshare -m --propagation private $without sh -c 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
		exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"' \
		"$root" "$@" </dev/null
}

apt() { # shows what was said when it fails
	if in_root apt-get -q -y "$@" >"$dir/said" 2>&1; then
		echo good
	else
		echo failed
		tail -n 40 "$dir/said"
	fi
}

version_of() { # PACKAGE: installed, or its state
	# shellcheck disable=SC2016 # dpkg's variables
	in_root dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed 's/^installed //; s/-files .*/-files/'
}

# all that a package can leave behind
files() {
	(cd "$root" && find etc usr var lib boot run ! -path 'var/cache/*' ! -path 'var/lib/apt/*' ! -path 'var/lib/dpkg/*' \
		! -path 'var/log/*' ! -path 'var/lib/systemd/*' ! -name '*-' ! -name __pycache__ ! -name 'ld.so.cache' | sort)
}

# old DEB FOLDER: the same package as an earlier version
old() {
	dpkg-deb -R "$1" "$dir/old"
	sed -i 's/^Version: .*/Version: 0.0~old/' "$dir/old/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$dir/old" "$2" >/dev/null
	rm -r "$dir/old"
}
