#!/bin/bash
# crd-server.sh SCRATCH OUT: builds the newest apiextensions-apiserver, which serves custom resources and nothing else, from
# the packages of Debian sid, and takes etcd of the same suite.
set -euo pipefail
scratch=$1 out=$2 go=1.26
. "$(dirname "$0")/debian.sh"

echo "downloading the sources, Go $go and etcd (about 300 MB) …"
use_suite sid
# What the library needs by its dependencies, of which only Go sources and one compiler are of use.
packages=$(apt-get install --simulate golang-k8s-apiextensions-apiserver-dev "golang-$go-go" |
  awk '$1 == "Inst" { print $2 }' | grep -E '^(golang-|gogoproto)' | grep -vE '^golang-(any|go|src)$' |
  awk -v go="$go" '!/^golang-1\.[0-9]+-/ || index($0, "golang-" go "-") == 1')
# shellcheck disable=SC2086
unpack "$scratch/root" $packages etcd-server
cp "$scratch/root/usr/bin/etcd" "$out/"
apt-cache show golang-k8s-apiextensions-apiserver-dev | sed -n 's/^Version: //p' > "$out/version"

echo 'compiling apiextensions-apiserver (minutes) …'
unset APT_CONFIG
export GOROOT=$scratch/root/usr/lib/go-$go GOPATH=$scratch/root/usr/share/gocode
export CGO_ENABLED=0 GO111MODULE=off GOTOOLCHAIN=local GOFLAGS= HOME=$scratch TMPDIR=$scratch
"$GOROOT/bin/go" build -o "$out/apiextensions-apiserver" k8s.io/apiextensions-apiserver
