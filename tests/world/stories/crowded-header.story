# clevis has filled most of the header, and there are many kernels: fewer boot paths, the default one among them.
host for i in 1 2 3 4 5 6; do printf '{"type":"clevis","keyslots":["0"],"x":"%s"}' \
	"$(head -c 1550 /dev/zero | tr '\0' a)" | cryptsetup token import dev/vda3; done
run bootseal enroll --key-file /key
boot
	opens
install 6.1.0-56-amd64
	says Next boot Linux 6.1.0-56-amd64 (default) will unlock automatically
boot
	opens
boot kernel 6.1.0-55-amd64
	opens
