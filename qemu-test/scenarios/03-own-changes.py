"""The administrator rebuilds the initrd; then changes GRUB_CMDLINE_LINUX and runs update-grub. No passphrase
at either reboot."""


def scenario(t):
    with t.resumed("first boot") as vm:
        # another compression level: the file is certainly another one
        said = vm.run("sed -i 's/COMPRESSLEVEL=1/COMPRESSLEVEL=2/' /etc/initramfs-tools/conf.d/test-vm && "
                      "update-initramfs -u")
        t.says("update-initramfs moves the policy", said, "is in force now", never=["NOT MOVED", "REFUSED"])
        vm.reboot()
        t.opens_by_itself(vm, "after update-initramfs -u")

        vm.run("sed -i 's/^GRUB_CMDLINE_LINUX=\"/&bootseal.test=changed /' /etc/default/grub && update-grub")
        vm.reboot()
        t.opens_by_itself(vm, "after a changed GRUB_CMDLINE_LINUX and update-grub")
        t.says("the new command line is in force", vm.run("cat /proc/cmdline"), "bootseal.test=changed")
        _remove(t, vm)


def _remove(t, vm):
    """In the end he takes it all away again."""
    said = vm.try_run("bootseal remove")
    t.ok("bootseal remove ends well", said.status == 0, said)
    dump = vm.run("cryptsetup luksDump /dev/disk/by-partlabel/root")
    t.says("the header holds no token and no second keyslot", dump, r"(?m)^  0: luks2",
           never=[r"(?m)^  \d+: bootseal", r"(?m)^  1: luks2"])
    t.ok("authority key and anchor are gone",
         vm.try_run("test -e /var/lib/bootseal/authority.pem || test -e /etc/bootseal/anchor").status == 1)
    t.ok("the policy index is gone",
         "0x180B007" not in vm.run("tpm2_getcap handles-nv-index").upper().replace("0X", "0x"))
    t.ok("the passphrase still opens the volume", vm.try_run(
        "printf '%s' 'correct horse' | cryptsetup open --test-passphrase --key-file - "
        "/dev/disk/by-partlabel/root").status == 0)
