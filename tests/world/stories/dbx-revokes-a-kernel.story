# An update of dbx revokes a kernel: while this is the kernel that boots next, the update is not announced; another one is told.
run bootseal enroll --key-file /key
install 6.1.0-56-amd64
boot
	opens
# what dbx will hold: the digest of this kernel's image, or the certificate that signed both
host tail -c +5 sys/firmware/efi/efivars/dbx-* >dbx.esl; for k in 55 56; do \
	python3 -c 'import sys;d=bytes.fromhex(sys.argv[1]);sys.stdout.buffer.write(open("dbx.esl","rb").read()+bytes.fromhex("2616c4c14c509240aca941f936934328")+(76).to_bytes(4,"little")+bytes(4)+(48).to_bytes(4,"little")+b"owner of it     "+d)' \
		"$(sed -n "s/^file [^ ]* [^ ]* \([^ ]*\) .*vmlinuz-6.1.0-$k-amd64/\1/p" var/lib/bootseal/manifest)" >"digest-$k.esl" || exit 1; done
host python3 -c 'd=open("boot/vmlinuz-6.1.0-56-amd64","rb").read();i=lambda o:int.from_bytes(d[o:o+4],"little");e=i(0x3c)+24+112+32;open("signature","wb").write(d[i(e)+8:i(e)+i(i(e))])'; \
	openssl pkcs7 -inform DER -in signature -print_certs | openssl x509 -outform DER -out signer.der && \
	python3 -c 'd=open("signer.der","rb").read();open("signer.esl","wb").write(open("dbx.esl","rb").read()+bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")+(44+len(d)).to_bytes(4,"little")+bytes(4)+(16+len(d)).to_bytes(4,"little")+b"owner of it     "+d)'

run bootseal reseal --next-dbx /digest-56.esl
	exit 5
	says with this dbx the machine would not boot as it is: /boot/vmlinuz-6.1.0-56-amd64: forbidden by dbx
host test ! -e var/lib/bootseal/next/dbx
run bootseal reseal --next-dbx /signer.esl
	exit 5
	says with this dbx the machine would not boot as it is: /boot/vmlinuz-6.1.0-56-amd64: not signed by a key that shim trusts
host test ! -e var/lib/bootseal/next/dbx

# the old kernel's entry will start nothing, so there is no such boot to seal
run bootseal reseal --next-dbx /digest-55.esl
	says more way
	says with the announced dbx
	says Warning with the announced dbx: /boot/vmlinuz-6.1.0-55-amd64: forbidden by dbx, so it will not start
run bootseal predict
	says Linux 6.1.0-56-amd64 (default, with the announced dbx)
	does not say Linux 6.1.0-55-amd64 (from the menu, with the announced dbx)
host mkdir firmware; { head -c 4 sys/firmware/efi/efivars/dbx-*; cat digest-55.esl; } >firmware/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f
boot
	opens
