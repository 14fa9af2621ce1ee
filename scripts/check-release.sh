#!/usr/bin/env bash
# Looks whether dist/ has all that a release needs, and whether what the action and the
# GitLab component would install there is what was built.
#
#   scripts/check-release.sh [DIST]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly dist=${1:-dist}

die() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

version=$(jq -r .version "$dist/metadata.json")
cd "$dist"

sha256sum --check --quiet --strict checksums.txt || die 'a file is not what checksums.txt says'

for system in linux darwin windows; do
  for processor in amd64 arm64; do
    name=muster_${version}_${system}_$processor
    binary=muster
    [[ $system != windows ]] || binary=muster.exe
    tar -tzf "$name.tar.gz" | grep -x "$binary" >/dev/null || die "$name.tar.gz has no $binary"
    grep -q "  $name.tar.gz\$" checksums.txt || die "$name.tar.gz has no checksum"
    jq -e '.components | length > 50' "$name.cdx.json" >/dev/null || die "$name.cdx.json does not say what is in the binary"
  done
done
grep -q 'cask "muster"' homebrew/Casks/muster.rb || die 'there is no cask for Homebrew'

# What a Linux runner of this processor would get.
processor=$(go env GOARCH)
into=$(mktemp -d)
trap 'rm -rf "$into"' EXIT
tar -xzf "muster_${version}_linux_$processor.tar.gz" -C "$into"
said=$("$into/muster" version)
[[ $said == "muster v$version ("* ]] || die "the binary says that it is $said, and not v$version"

# The image, by the engine that is here.
if docker version >/dev/null 2>&1; then
  mkdir -p "$into/linux/$processor"
  cp "$into/muster" "$into/linux/$processor/"
  docker build --quiet --build-arg "TARGETPLATFORM=linux/$processor" --tag muster-release:dry-run --file ../Dockerfile "$into" >/dev/null
  [[ $(docker run --rm --network none muster-release:dry-run version) == "$said" ]] || die 'the image does not run'
  docker image rm muster-release:dry-run >/dev/null
fi

du -h --apparent-size ./*.tar.gz
printf '%s is complete: %s\n' "$dist" "$said"
