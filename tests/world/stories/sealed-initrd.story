# What is in force unlocks, though a newer version is installed than its initrd has; what comes next is told.
run bootseal enroll --key-file /key
boot
	opens
host cp usr/lib/bootseal/bootseal-unlock new; printf x >>new; mv new usr/lib/bootseal/bootseal-unlock
run bootseal check
	says Yes
	says Linux 6.1.0-55-amd64: this kernel will ask for the passphrase after the next reseal
	says its initrd lacks the installed version of /sbin/bootseal-unlock
	says 'update-initramfs -u -k 6.1.0-55-amd64' rebuilds it
run bootseal status
	says this kernel will ask for the passphrase after the next reseal
boot
	opens
run update-initramfs -u -k 6.1.0-55-amd64
run bootseal check
	does not say will ask
boot
	opens
