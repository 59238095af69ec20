# The power goes between the two headers of a changed PIN: that no PIN opens both is said, and the next enrolment mends it.
host sh $CHECKOUT/tests/world/second-volume .; tpm2_dictionarylockout -s -n 10000 -t 600 -l 0
file /pin
	| 482913
file /other
	| 111111
run bootseal enroll --key-file /key --pin-file /pin
boot
	waits
host cp dev/vdb1 before
run bootseal enroll --key-file /key --pin-file /other
host cp before dev/vdb1
run bootseal check
	exit 5
	says an enrolment was interrupted, and the volumes have different ones
	says 'bootseal enroll --pin' gives them one
run bootseal status
	exit 5
	says the volumes have different ones
