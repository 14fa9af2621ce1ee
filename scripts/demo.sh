#!/usr/bin/env bash
# The way of two models through muster: one passes and is promoted, one is worse
# and is denied. "make demo" calls this when all that it needs is set up.
#
# It plays on a copy of examples/tumour-classifier in .demo, which stays: the
# next time nothing has changed, and no stage runs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root example=$root/examples/tumour-classifier work=$root/.demo/tumour-classifier
readonly muster=$root/bin/muster

# The same commits on every machine, whatever its git is set to.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=muster GIT_AUTHOR_EMAIL=demo@example.org GIT_AUTHOR_DATE='2026-01-01T12:00:00Z'
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
# The demo is a laptop's, also where a CI job plays it.
unset GITHUB_ACTIONS GITLAB_CI

bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi

# step TITLE LINE...: what comes now, and why.
step() {
  printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
  shift
  if (($# > 0)); then printf '%s\n' "$@"; fi
  printf '\n'
}

die() {
  printf 'error: %s\n' "$1" >&2
  printf 'hint: %s\n' "$2" >&2
  exit 1
}

# fresh_copy FOLDER: the example as a repository of its own, with one commit.
fresh_copy() {
  mkdir -p "$1"
  cp -R "$example/." "$1"
  git -C "$1" init --quiet --initial-branch=main
  git -C "$1" add --all
  git -C "$1" commit --quiet --message 'Tell malignant from benign tumours'
  git -C "$1" clean --quiet --force -dx # what somebody's runs left in the example
}

# work_copy: last time's copy, unless the example has changed since.
work_copy() {
  local new=$root/.demo/new
  rm -rf "$new"
  fresh_copy "$new"
  if [[ $(first_commit "$work") == "$(first_commit "$new")" ]]; then
    git -C "$work" checkout --quiet --force main
    echo "reusing ${work#"$root/"}"
  else
    rm -rf "$work" "$root"/.demo/*.html "$root"/.demo/*.md
    mv "$new" "$work"
    echo "copied ${example#"$root/"} to ${work#"$root/"}, a git repository of its own"
  fi
  rm -rf "$new"
}

first_commit() {
  [[ ! -d $1/.git ]] || git -C "$1" rev-list --max-parents=0 main 2>/dev/null || true
}

# set_features LIST MESSAGE: a change as somebody would make it: one line, one commit.
set_features() {
  sed "s/^  features: \[[^]]*\] */  features: $1   /" params.yaml >params.new
  mv params.new params.yaml
  git diff --quiet || git commit --quiet --all --message "$2"
  git show --unified=0 --format= -- params.yaml | grep '^[-+] '
  echo
}

# ci CODE REPORT: runs muster as a CI job would, expects this exit code, and
# keeps the report under this name.
ci() {
  local code=0
  "$muster" ci --host plain --quiet || code=$?
  if [[ $code -ne $1 ]]; then
    die "muster ci exited with $code, and $1 was expected" "see the output above; 'make clean' lets the demo begin anew"
  fi
  cp .muster/report.html "$root/.demo/$2.html"
  cp .muster/report.md "$root/.demo/$2.md"
}

first_model() {
  if (($(git rev-list --count main) > 1)); then
    step '1. The first model' 'was promoted the last time:'
    "$muster" models list
    return
  fi
  step '1. The first model' \
    'main has a pipeline and no model yet. muster runs each stage in a container without' \
    'network, and since there is nothing to compare with, the absolute thresholds decide.'
  "$muster" models init
  ci 0 first
}

better_model() {
  if [[ $(git rev-list --count main) -gt 1 && -e $root/.demo/passed.html ]]; then
    step '2. A better one' 'was promoted the last time too. Nothing has changed since, so there is nothing to do:'
    ci 0 unchanged
    return
  fi
  step '2. A better one' \
    'main gets a change: let the model see the worst values too, not the means alone. muster' \
    'runs only what depends on that line, scores the old and the new model on the same rows,' \
    'and promotes the new one if it is shown not to be worse.'
  set_features '[mean, worst]' 'Let the model see the worst values too'
  ci 0 passed
}

worse_model() {
  step '3. A worse one' \
    'On a branch somebody tries to do with the standard errors alone.'
  git checkout --quiet --force -B worse main
  set_features '[error]' 'Do with the standard errors alone'
  ci 4 denied
  git checkout --quiet --force main
  printf '\nmuster ci exited with 4: denied. In a merge request that stops the merge.\n'
}

summary() {
  step '4. What is left' 'The registry has only what passed:'
  "$muster" models list
  printf '\nThe reports, for people:\n'
  printf '  .demo/%s\n' passed.html denied.html passed.md denied.md
  printf '\nTo look around: cd .demo/tumour-classifier; ../../bin/muster score; ../../bin/muster --help\n'
  printf 'That took %d s. Another "make demo" runs no stage: nothing has changed.\n' "$SECONDS"
}

main() {
  [[ -x $muster ]] || die 'bin/muster is not there' 'make demo builds it'
  step 'The example' 'A classifier of tumours in scikit-learn, with a pipeline, a gate and a policy of its own:'
  work_copy
  cd "$work"
  first_model
  better_model
  worse_model
  summary
}

main "$@"
