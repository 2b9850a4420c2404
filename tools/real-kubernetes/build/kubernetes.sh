#!/bin/bash
# kubernetes.sh SCRATCH OUT: builds kube-apiserver and kube-controller-manager 1.20.2 from the source package of Debian
# bookworm, the last one that has all of Kubernetes in it, and takes etcd of the same suite.
set -euo pipefail
scratch=$1 out=$2
. "$(dirname "$0")/debian.sh"

echo 'downloading the source, Go 1.19 and etcd (about 110 MB) …'
use_suite bookworm
unpack "$scratch/root" golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev etcd-server
cp "$scratch/root/usr/bin/etcd" "$out/"
mkdir "$scratch/source"
(cd "$scratch" && apt-get source -qq --download-only kubernetes)
tar -xzf "$scratch"/kubernetes_*.orig.tar.gz -C "$scratch/source" --strip-components=1

# reflect2 1.0.1, which the source brings along, reads a map wrongly since Go 1.18: the server would die at its first
# custom resource. Debian's own package of it is new enough.
reflect2=vendor/github.com/modern-go/reflect2
rm "$scratch/source/$reflect2"/*.{go,s}
cp "$scratch/root/usr/share/gocode/src/${reflect2#vendor/}"/*.{go,s} "$scratch/source/$reflect2/"
rm -f "$scratch/source/$reflect2"/*_test.go

# The comparison with a zero value never held with the Go of its time, and holds for "" since Go 1.16: every empty string in
# a custom resource would be refused as a null.
for package in k8s.io/kube-openapi/pkg/validation github.com/go-openapi; do
  validate=$scratch/source/vendor/$package/validate/type.go
  sed -i 's/if data == nil || reflect.DeepEqual(.*) {/if data == nil {/' "$validate"
  grep -q 'if data == nil {' "$validate"
done

cat > "$scratch/version" <<'EOF'
KUBE_GIT_COMMIT=debian
KUBE_GIT_TREE_STATE=archive
KUBE_GIT_VERSION=v1.20.2
KUBE_GIT_MAJOR=1
KUBE_GIT_MINOR=20
EOF
unset APT_CONFIG
export GOROOT=$scratch/root/usr/lib/go-1.19 CGO_ENABLED=0 GOFLAGS= GOPROXY=off
export PATH=$GOROOT/bin:$PATH HOME=$scratch TMPDIR=$scratch KUBE_GIT_VERSION_FILE=$scratch/version
cd "$scratch/source"
for program in kube-apiserver kube-controller-manager; do
  echo "compiling $program (minutes) …"
  # The Makefile writes code before it compiles: `go build` alone would not do.
  make WHAT="cmd/$program"
  cp "_output/local/bin/linux/$(go env GOARCH)/$program" "$out/"
done
