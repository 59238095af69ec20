# A file server with forty encrypted data disks, whose keys are on the root.
host mkdir etc/keys; echo key >etc/keys/data; for i in $(seq 10 49); do \
	echo "data$i UUID=00000000-0000-4000-8000-0000000000$i /etc/keys/data luks" >>etc/crypttab; done
run bootseal enroll --key-file /key
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
	does not say WAIT FOR A PERSON
boot
	opens
run bootseal check
	says Yes
