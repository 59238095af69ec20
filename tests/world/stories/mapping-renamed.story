# After the enrolment the line of the root gets another name, and then a keyscript.
run bootseal enroll --key-file /key
boot
	opens
file /etc/crypttab
	| sda3_crypt UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard
run update-initramfs -u -k 6.1.0-55-amd64
	says WILL ASK FOR THE PASSPHRASE
run bootseal check
	exit 5
	says No: the next boot will ask for the passphrase
	says has no line for the enrolled volume 'cryptroot', but one for 'sda3_crypt'
boot
	is not enrolled
	says not unlocked by the TPM: the crypttab in the initrd names no enrolled volume

# put right, in a boot that the TPM did not unlock
file /etc/crypttab
	| cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard
run update-initramfs -u -k 6.1.0-55-amd64
	says not accepted, because the TPM did not unlock this boot
run bootseal reseal --accept-current
boot
	opens

file /etc/crypttab
	| cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 keys luks,keyscript=decrypt_keyctl,initramfs
run update-initramfs -u -k 6.1.0-55-amd64
run bootseal check
	exit 5
	says cryptroot: the option keyscript in crypttab is not supported
boot
	asks
	says the option keyscript in crypttab is not supported
