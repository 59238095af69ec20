# The disk goes while the PIN is asked for: an answer leads on, to the wait for a late disk, and when it is back the PIN opens it.
file /pin
	| 482913
run bootseal enroll --key-file /key --pin-file /pin
power on
host $UNLOCK open || [ $? = 7 ]; test -e run/bootseal/ask-pin
host mv dev/disk/by-uuid gone; mkdir dev/disk/by-uuid; mv dev/vda3 vda3.gone
host printf 482913 | $UNLOCK open --pin || [ $? = 7 ]; test ! -e run/bootseal/ask-pin && test -e run/bootseal/waiting
host rmdir dev/disk/by-uuid; mv gone dev/disk/by-uuid; mv vda3.gone dev/vda3
host $UNLOCK open || [ $? = 7 ]; test -e run/bootseal/ask-pin
host printf 482913 | $UNLOCK open --pin
	says unlocked by the TPM
