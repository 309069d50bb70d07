#!/bin/sh
# What the tests look with, where it is missing and may be installed: LibreOffice, pdftoppm and Chromium from the system's
# packages, the workbook validator and axe-core from npm. Whatever cannot be had is said; the tests that need it then say so too.
set -u
cd "$(dirname "$0")"

have_office() {
    command -v soffice >/dev/null 2>&1 && [ -f /usr/lib/python3/dist-packages/uno.py ] && command -v pdftoppm >/dev/null 2>&1
}

if ! have_office && command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
    echo "LibreOffice is being installed from the system's packages."
    export DEBIAN_FRONTEND=noninteractive
    $sudo apt-get update -qq >/dev/null 2>&1
    $sudo apt-get install -y -qq --no-install-recommends libreoffice-calc python3-uno fonts-crosextra-carlito \
        fonts-crosextra-caladea fonts-dejavu-core poppler-utils >/dev/null 2>&1
fi
have_office || echo "LibreOffice could not be installed; the tests that need it say so."

if ! command -v chromium >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
    echo "Chromium is being installed from the system's packages."
    export DEBIAN_FRONTEND=noninteractive
    $sudo apt-get update -qq >/dev/null 2>&1
    $sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1
fi
command -v chromium >/dev/null 2>&1 || echo "Chromium could not be installed; the tests that need it say so."

if command -v npm >/dev/null 2>&1 && { [ ! -d node/node_modules/@xarsh ] || [ ! -d node/node_modules/axe-core ]; }; then
    echo "The workbook validator and axe-core are being installed from npm."
    npm install --prefix node --silent --no-audit --no-fund --no-package-lock >/dev/null 2>&1 \
        || echo "The workbook validator and axe-core could not be installed."
fi
exit 0
