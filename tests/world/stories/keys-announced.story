# The keys of Secure Boot are updated from inside: what db and dbx will hold is announced, and the boots before the update and
# after it open.
host openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=new -outform DER -out new.der 2>/dev/null; \
	python3 -c 'd=open("new.der","rb").read();open("add.esl","wb").write(bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")+(44+len(d)).to_bytes(4,"little")+bytes(4)+(16+len(d)).to_bytes(4,"little")+b"owner of the key"+d)'
host tail -c +5 sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f >db.esl; cat db.esl add.esl >next.esl
run bootseal enroll --key-file /key
boot
	opens
run bootseal reseal --next-db /next.esl
	says Unlocks Linux 6.1.0-55-amd64 (default)
	says with the announced db
boot
	opens
host mkdir firmware; { head -c 4 sys/firmware/efi/efivars/db-*; cat next.esl; } >firmware/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f
boot
	opens
run bootseal reseal
	does not say with the announced
host test ! -e var/lib/bootseal/next/db
boot
	opens

# an update as fwupd has it is appended, and what dbx has already stays out
host tail -c +5 sys/firmware/efi/efivars/dbx-* >dbx.esl; \
	python3 -c 'e=bytes.fromhex("2616c4c14c509240aca941f936934328")+(28+2*48).to_bytes(4,"little")+bytes(4)+(48).to_bytes(4,"little");old=open("dbx.esl","rb").read()[28:76];new=b"owner of it     "+b"n"*32;open("dbx.auth","wb").write(bytes(16)+(29).to_bytes(4,"little")+b"\0\2\xf1\x0e"+bytes(16)+b"PKCS7"+e+old+new);open("dbx.next","wb").write(open("dbx.esl","rb").read()+e[:16]+(28+48).to_bytes(4,"little")+e[20:]+new)'
run bootseal reseal --next-dbx /dbx.auth
	says with the announced dbx
host { head -c 4 sys/firmware/efi/efivars/dbx-*; cat dbx.next; } >firmware/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f
boot
	opens
run bootseal reseal --next-dbx /dbx.next
	says nothing to announce: dbx has this content already

# what would end in a machine that does not boot is refused, and so is what is no database
run bootseal reseal --next-db /add.esl
	exit 5
	says with this db the machine would not boot as it is
run bootseal reseal --next-kek /key
	exit 5
	says /key: neither signature lists nor an authenticated update
host test ! -e var/lib/bootseal/next/db && test ! -e var/lib/bootseal/next/KEK
run bootseal reseal --next-db /next.esl --dry-run
	exit 2

# announced, and taken back; an update that nobody announced asks
host sed 's/owner of the key/another owner!!!/' add.esl >more.esl; cat next.esl more.esl >last.esl
# while a hook's reseal holds the lock, nothing is written
host flock run/bootseal/lock sh -c 'sleep 3; test -e var/lib/bootseal/next/db || touch waited' >/dev/null 2>&1 &
run bootseal reseal --next-db /last.esl
	says with the announced db
host test -e waited
host test -s var/lib/bootseal/next/db
run bootseal reseal --next-none
	does not say with the announced
host { head -c 4 sys/firmware/efi/efivars/db-*; cat last.esl; } >firmware/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f
boot
	asks

# nor does a removed enrolment leave them
run bootseal reseal --next-dbx /dbx.esl --accept-current
host test -s var/lib/bootseal/next/dbx
run bootseal remove
host test ! -e var/lib/bootseal/next/dbx
