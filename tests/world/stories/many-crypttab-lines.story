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

# without the keys: one message for those of a kind, and none for each of forty
host sed -i 's,/etc/keys/data,none,; s/data1[0-3] .*/&,nofail/; s/data49 .*/&,keyscript=ask/' etc/crypttab
run bootseal check
	exit 5
	says the volumes data14, data15, data16 and 32 more: they are not enrolled and ask for their passphrases when the system starts
	says the volumes data10, data11, data12 and 1 more: they are not enrolled and ask for their passphrases when the system starts; 'bootseal enroll' enrolls each LUKS2 volume that is open then, or says why not (the boot does not wait for them: nofail)
	says the volume data49: it is not enrolled and its keyscript may ask for a passphrase when the system starts; one with a keyscript cannot be enrolled
	does not say data17
	does not say data13
