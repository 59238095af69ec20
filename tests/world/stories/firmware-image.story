# The firmware starts an image of its own before shim: a part of every boot like any other.
log image
measure
run bootseal enroll --key-file /key
	says will unlock automatically
