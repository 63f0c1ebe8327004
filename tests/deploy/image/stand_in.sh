#!/bin/sh
# Make stand-ins for the two bases of the Dockerfile, for machines that reach no container registry:
#   stand_in.sh NAME build|runtime
#
# Like the real ones they hold Python 3.12 and what it needs, the first also pip and a shell, the second nothing else; like
# the real ones the second runs as 65532. They are of Ubuntu's packages and not of Azure Linux's, since those can
# only be had where the real bases can be had too.
set -eu

name=$1 kind=$2
mirror=http://archive.ubuntu.com/ubuntu
packages=base-files,ca-certificates,libpython3.12-stdlib,openssl,python3.12-minimal,tzdata
parts=main
if [ "$kind" = build ]; then
    packages=$packages,bash,coreutils,dash,findutils,grep,python3,python3-pip,sed
    parts="main universe"
fi

work=$(mktemp -d)
chmod 755 "$work" # apt reads the keys as a user of its own
trap 'rm -rf "$work"' EXIT

# Debian has no package with Ubuntu's keys; this one is named by its hash.
python3 - "$mirror/pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb" "$work/keys.deb" <<'PYTHON'
import hashlib, sys, urllib.request

content = urllib.request.urlopen(sys.argv[1], timeout=60).read()
if hashlib.sha256(content).hexdigest() != "36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8":
    sys.exit("Ubuntu's keys are not what they were.")
open(sys.argv[2], "wb").write(content)
PYTHON
dpkg-deb -x "$work/keys.deb" "$work/keys"

# "extract" runs no package's scripts, as nothing in a distroless image could have run them.
mmdebstrap --quiet --variant=extract --architectures=amd64 --include="$packages" \
    --keyring="$work/keys/usr/share/keyrings/ubuntu-archive-keyring.gpg" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    noble "$work/root.tar" "deb $mirror noble $parts" "deb $mirror noble-updates $parts"

cat >"$work/Dockerfile" <<'DOCKERFILE'
FROM scratch AS build
ADD root.tar /
RUN ["/usr/bin/python3.12", "-c", "import os, pathlib; [one.unlink() for one in pathlib.Path('/usr/lib').glob('python3*/EXTERNALLY-MANAGED')]; os.path.lexists('/usr/bin/python3') or os.symlink('python3.12', '/usr/bin/python3')"]

FROM build AS runtime
RUN ["/usr/bin/python3.12", "-c", "open('/etc/passwd', 'w').write('root:x:0:0::/root:/sbin/nologin\\nnonroot:x:65532:65532::/nonexistent:/sbin/nologin\\n')"]
USER 65532
DOCKERFILE
buildah build --quiet --format docker --isolation chroot --squash --target "$kind" --tag "$name" "$work" >/dev/null
