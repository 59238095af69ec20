# A sheet whose key was not confirmed does not stay, nor where ^C ends the question; where it cannot be written is said first.
host mkdir -p srv
terminal bootseal recovery-key --key-file /key --sheet /srv/new.pdf
	asked Type the key from the sheet to confirm:
	type ^C
	exit 130
host test ! -e srv/new.pdf; cryptsetup luksDump dev/vda3 | grep -c luks2 | grep -qx 1
run bootseal enroll --key-file /key --sheet /nowhere/new.pdf
	exit 1
	says /nowhere
	does not say Policy
run bootseal check
	exit 3
