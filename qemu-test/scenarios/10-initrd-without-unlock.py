"""A kernel's initrd was built while the package's hook was not there: however well everything else is vouched
for, it never becomes a boot path that unlocks, until it is built again."""
from lib import images, kernels
from lib.guests_view import token

HOOK = "/usr/share/initramfs-tools/hooks/bootseal"


def scenario(t):
    new = kernels.new()
    with images.repo() as source, t.resumed("first boot") as vm:
        source.use_in(vm)
        vm.run("mv %s /root/hook" % HOOK)
        said = vm.try_run(images.APT_INSTALL + kernels.package(new), timeout=900)
        t.ok("the kernel is installed anyway", said.status == 0, said)
        t.says("and it is said loudly that it will not unlock", said.out, "Left out.*" + new,
               "WILL ASK FOR THE PASSPHRASE")
        check = vm.try_run("bootseal check")
        t.ok("check says no", check.status == 5, check)
        with_new = _sealed_paths(vm)
        t.ok("the policy has no branch of the new kernel", not [l for l in with_new if new in l], with_new)

        vm.run("mv /root/hook %s" % HOOK)
        said = vm.try_run("update-initramfs -u -k " + new)
        t.ok("its initrd is built again", said.status == 0, said)
        t.says("now it is in the policy", said.out, "Unlocks +.*" + new, "will unlock automatically")
        vm.reboot()
        t.opens_by_itself(vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)


def _sealed_paths(vm):
    """Labels of state.json's branches: what the policy in force is made of."""
    assert token(vm)["generations"]
    return vm.run("cat /var/lib/bootseal/state.json").split('"')
