#!/usr/bin/env bash
# Puts muster on the path: the one that is there, else a released one, else one that is
# built from this very source.
#
# A release is asked for by VERSION, or by the tag that the action was named by. It is
# believed if it has the checksum that was released with it and, where GitHub's program
# gh is there, if the release workflow of this repository has built it from that tag.
set -euo pipefail

# die WHAT HINT: the run's page shows both.
die() {
  printf '::error title=muster::%s%%0A%s\n' "$1" "$2"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# put FOLDER: its muster is the one from now on, also for later steps.
put() {
  echo "$1" >>"$GITHUB_PATH"
  "$1/muster" version
}

# ---- what is asked for

readonly release='^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$'

version=${VERSION:-}
if have muster; then
  there=$(muster version)
  if [[ -z $version || $there == "muster $version "* ]]; then
    echo "$there"
    exit 0
  fi
fi
if [[ -z $version && ${ACTION_REF:-} =~ $release ]]; then version=$ACTION_REF; fi
if [[ -n $version && ! $version =~ $release ]]; then
  die "the input version is $(printf '%q' "${version//%/%25}"), which is no release" 'write it as v1.2.3, or leave it out'
fi
repository=${ACTION_REPOSITORY:-}
[[ $repository =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || repository=muster-ci/muster

# ---- from source

build() {
  have go || die 'there is neither muster nor Go on this runner' \
    'name a release with the input version, or add a step with actions/setup-go before this one'
  local into=$RUNNER_TEMP/muster-built stamp=
  if [[ ${ACTION_REF:-} =~ ^[A-Za-z0-9._/-]+$ ]]; then
    stamp="-X github.com/muster-ci/muster/internal/cli.version=$ACTION_REF"
  fi
  mkdir -p "$into"
  (cd "$GITHUB_ACTION_PATH" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w $stamp" -o "$into/" ./cmd/muster)
  put "$into"
}

# ---- from a release

# platform sets system as releases call it.
platform() {
  local os=${RUNNER_OS:-$(uname -s)} arch=${RUNNER_ARCH:-$(uname -m)}
  case $os in
    Linux) os=linux ;;
    macOS | Darwin) os=darwin ;;
    Windows) os=windows ;;
    *) os= ;;
  esac
  case $arch in
    X64 | x86_64) arch=amd64 ;;
    ARM64 | arm64 | aarch64) arch=arm64 ;;
    *) arch= ;;
  esac
  [[ -n $os && -n $arch ]] || die "no binary is released for ${RUNNER_OS:-this system} on ${RUNNER_ARCH:-this processor}" \
    'leave out the input version, and add a step with actions/setup-go: muster is then built from source'
  system=${os}_$arch
}

sources() {
  if [[ -n ${DOWNLOAD_URL:-} ]]; then
    echo "${DOWNLOAD_URL%/}"
    return
  fi
  local server=${GITHUB_SERVER_URL:-https://github.com}
  echo "$server/$repository/releases/download"
  [[ $server == https://github.com ]] || echo "https://github.com/$repository/releases/download"
}

# fetch NAME FROM: into this folder. Nothing is taken without TLS, also after a redirect.
fetch() {
  curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 \
    --retry 4 --connect-timeout 10 --max-time 300 --output "$1" "$2/$version/$1"
}

sha256() {
  if have sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

check_sum() {
  local expected actual
  expected=$(awk -v name="$1" '$2 == name { print $1 }' checksums.txt)
  [[ $expected =~ ^[0-9a-f]{64}$ ]] || die "checksums.txt of $version has no checksum for $1" \
    'the release is not complete: name another one with the input version'
  actual=$(sha256 "$1")
  [[ $actual == "$expected" ]] || die "$1 has the SHA-256 $actual, and not $expected, which was released" \
    'it was damaged on its way, or somebody has replaced it: do not use it'
}

# check_attestation NAME FROM: by the certificate that GitHub gave the release workflow.
check_attestation() {
  if ! have gh; then
    echo "gh is not there: $1 is believed by its checksum alone"
    return
  fi
  fetch provenance.jsonl "$2" || die "the provenance of $version could not be had" 'see above; try again'
  local by=(--repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml"
    --source-ref "refs/tags/$version" --deny-self-hosted-runners)
  if [[ ${ACTION_REF:-} =~ ^[0-9a-f]{40}$ ]]; then by+=(--source-digest "$ACTION_REF"); fi
  # Another server's token is nothing for github.com; the bundle needs none.
  if [[ ${GITHUB_SERVER_URL:-} != https://github.com ]]; then unset GH_TOKEN; fi
  GH_HOST=github.com gh attestation verify "$1" --bundle provenance.jsonl "${by[@]}" ||
    die "$1 is not what the release workflow of $repository built from $version" \
      'see above; where the action is pinned by a commit, the version must be the release of that commit'
}

install() {
  have curl || die 'there is no curl on this runner' 'install it, or put muster on the path'
  local system archive from
  platform
  archive=muster_${version#v}_$system.tar.gz
  cd "$(mktemp -d "$RUNNER_TEMP/muster-XXXXXX")"
  while read -r from; do
    if fetch checksums.txt "$from" && fetch "$archive" "$from"; then
      check_sum "$archive"
      check_attestation "$archive" "$from"
      tar -xzf "$archive"
      put "$PWD"
      return
    fi
  done < <(sources)
  die "muster $version could not be had" \
    'see above; behind a wall, say with the input download-url where the releases lie'
}

if [[ -n $version ]]; then install; else build; fi
