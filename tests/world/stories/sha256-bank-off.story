# The firmware measures with SHA-1 only, as its setup has been told to.
host tpm2_pcrallocate -Q sha1:all+sha256:none+sha384:none+sha512:none
boot
	is not enrolled
run bootseal enroll --key-file /key
	exit 1
	says the SHA-256 bank lacks a PCR that is needed, or is off
	says turn it on in the firmware's setup
host tpm2_pcrallocate -Q sha1:all+sha256:all+sha384:none+sha512:none
boot
	is not enrolled
run bootseal enroll --key-file /key
boot
	opens
