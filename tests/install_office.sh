#!/bin/sh
# LibreOffice and the tools the tests look with, from the system's packages, where they are missing and may be installed.
set -u
if command -v soffice >/dev/null 2>&1 && [ -f /usr/lib/python3/dist-packages/uno.py ] && command -v pdftoppm >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "LibreOffice is not installed, and this system has no apt-get to install it with."
    exit 0
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo="sudo -n"
    else
        echo "LibreOffice is not installed, and installing it needs rights that this account does not have."
        exit 0
    fi
fi
echo "LibreOffice is being installed from the system's packages."
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq >/dev/null 2>&1
$sudo apt-get install -y -qq --no-install-recommends libreoffice-calc python3-uno fonts-crosextra-carlito \
    fonts-crosextra-caladea fonts-dejavu-core poppler-utils >/dev/null 2>&1 || echo "LibreOffice could not be installed."
exit 0
