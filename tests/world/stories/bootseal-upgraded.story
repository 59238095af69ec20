# A new version of bootseal comes, and only the newest kernel's initrd was rebuilt: the other one is named, with the remedy.
run bootseal enroll --key-file /key
install 6.1.0-56-amd64
boot
	opens
host cp usr/lib/bootseal/bootseal-unlock new; printf x >>new; mv new usr/lib/bootseal/bootseal-unlock
run update-initramfs -u -k 6.1.0-56-amd64
run bootseal check
	says Linux 6.1.0-55-amd64: this kernel will ask for the passphrase
	says its initrd lacks the installed version of /sbin/bootseal-unlock
	says 'update-initramfs -u -k 6.1.0-55-amd64' rebuilds it
run bootseal status
	says Linux 6.1.0-55-amd64: this kernel will ask for the passphrase
	says 'update-initramfs -u -k 6.1.0-55-amd64' rebuilds it
boot
	opens
run update-initramfs -u -k 6.1.0-55-amd64
run bootseal check
	does not say will ask
run bootseal status
	does not say will ask
boot kernel 6.1.0-55-amd64
	opens
