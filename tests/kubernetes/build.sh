#!/usr/bin/env bash
# Builds Kubernetes 1.20 from Debian's source package, whose archive is the whole of it, with Debian's Go.
#
#   tests/kubernetes/build.sh FOLDER
#
# FOLDER gets kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy and kubectl. It takes 6 to 13
# minutes of two cores and 4 GB; nothing when they are there.
set -euo pipefail

out=$(realpath -m "$1")
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)
[ -x "$out/${programs[-1]}" ] && exit 0

making=$(mktemp -d /var/tmp/causeway-kubernetes.XXXXXX)
trap 'chmod -R u+w "$making"; rm -rf "$making"' EXIT
export GOPATH=$making/go GOCACHE=$making/cache GO111MODULE=off CGO_ENABLED=0 GOFLAGS=
mkdir -p "$making/lists/partial" "$making/archives/partial" "$GOPATH/src/k8s.io"
cd "$making"

# Where packages come from, sources come from too. One format or the other, whichever the machine has.
sed 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >sources.sources 2>/dev/null || rm -f sources.sources
if [ -s /etc/apt/sources.list ]; then sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >sources.list; fi
lists=(sources.*)
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$making/${lists[0]}" -o Dir::Etc::sourceparts=/nonexistent
  -o "Dir::State::lists=$making/lists" -o "Dir::Cache=$making")
"${apt[@]}" update
"${apt[@]}" source --download-only kubernetes
mkdir source
tar -C source --strip-components=1 -xf kubernetes_*.orig.tar.*
mv source "$GOPATH/src/k8s.io/kubernetes"
cd "$GOPATH/src/k8s.io/kubernetes"

# The one generated file that the archive doesn't have.
go build -o "$making/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
inputs=$({ find -L vendor/k8s.io pkg cmd -name '*.go' -not -path '*/code-generator/*' -not -path '*/sample-apiserver/*' -print0 |
  xargs -0 grep -l '+k8s:openapi-gen=' || true; } | xargs -n1 dirname | LC_ALL=C sort -u | sed 's#^#k8s.io/kubernetes/#' | paste -sd,)
"$making/openapi-gen" -O zz_generated.openapi -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt --input-dirs "$inputs" \
  -p k8s.io/kubernetes/pkg/generated/openapi --output-base "$GOPATH/src" -r /dev/null

# Debian's own version of it, without which the programs take each other for too old.
flags="-s -w"
for package in k8s.io/kubernetes/vendor/k8s.io/component-base/version k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version; do
  flags+=" -X $package.gitVersion=v1.20.2 -X $package.gitMajor=1 -X $package.gitMinor=20 -X $package.gitTreeState=clean"
done
mkdir -p "$making/programs" "$out"
for program in "${programs[@]}"; do
  started=$SECONDS
  go build -o "$making/programs/" -ldflags "$flags" "./cmd/$program"
  echo "kubernetes: $program is built ($((SECONDS - started)) s)" >&2
done
# The last one that is looked for comes last.
for program in "${programs[@]}"; do mv "$making/programs/$program" "$out/"; done
