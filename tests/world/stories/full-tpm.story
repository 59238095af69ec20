# Other programs' indices have filled the TPM's memory, as the platform's do on older hosts of clouds: it is named, and the
# storage key that was made for the enrolment is not left behind.
host i=22020096; for size in 2048 512 34; do while tpm2_nvdefine -C o -s $size -a 'ownerread|ownerwrite' $i >/dev/null 2>&1; do \
	i=$((i + 1)); done; done; echo $i >kept; test $i -gt 22020099
run bootseal enroll --key-file /key
	exit 1
	says TPM: NV_DefineSpace: its memory is full
	says 'tpm2_getcap handles-nv-index'
host ! tpm2_getcap handles-persistent | grep -q 0x81000001 && ! tpm2_getcap handles-nv-index | grep -qi 0x180b

host i=$(cat kept); for n in 1 2 3; do i=$((i - 1)); tpm2_nvundefine -C o $i; done
run bootseal enroll --key-file /key
host tpm2_getcap handles-persistent | grep -q 0x81000001
boot
	opens

# one that was there before an enrolment that fails is somebody else's
run bootseal remove
host i=$(cat kept); while tpm2_nvdefine -C o -s 34 -a 'ownerread|ownerwrite' $i >/dev/null 2>&1; do i=$((i + 1)); done
run bootseal enroll --key-file /key
	exit 1
	says its memory is full
host tpm2_getcap handles-persistent | grep -q 0x81000001
