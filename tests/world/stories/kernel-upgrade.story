# apt installs a newer kernel, both start; then it takes the older one away.
run bootseal enroll --key-file /key
boot
	opens
install 6.1.0-56-amd64
	says Next boot Linux 6.1.0-56-amd64 (default) will unlock automatically
boot
	opens
boot kernel 6.1.0-55-amd64
	opens
purge 6.1.0-55-amd64
	does not say REFUSED
boot
	opens
run bootseal status
	says unlocks automatically
	does not say 6.1.0-55-amd64
