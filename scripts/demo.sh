#!/usr/bin/env bash
# The way of four models through muster: a better one passes and is promoted, a
# subtly worse one is denied, one that is as good on average but fails one group
# of patients is denied for that group, and one that differs by noise is said to.
# "make demo" calls this when all that it needs is set up.
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

# change KEY VALUE MESSAGE: a change as somebody would make it: one line, one commit.
change() {
  sed "s/^  $1: \(\[[^]]*\]\|{[^}]*}\) */  $1: $2    /" params.yaml >params.new
  mv params.new params.yaml
  git diff --quiet || git commit --quiet --all --message "$3"
  git show --unified=0 --format= -- params.yaml | grep '^[-+] '
  echo
}

# branch NAME: a branch of its own from main.
branch() { git checkout --quiet --force -B "$1" main; }

# ci CODE REPORT FLAG...: runs muster as a CI job would, expects this exit code,
# and keeps the report under this name.
ci() {
  local code=0
  "$muster" ci --host plain --quiet "${@:3}" || code=$?
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
    'main gets a change: let the model see the worst values too, and the band of the outline.' \
    'muster runs only what depends on that line, scores the old and the new model on the same' \
    'rows, and promotes the new one if it is shown not to be worse.'
  change features '[mean, worst, band]' 'Let the model see the worst values and the band too'
  ci 0 passed
}

worse_model() {
  step '3. A subtly worse one' \
    'On a branch somebody tries to do with half of the measures. The ROC AUC falls by a point' \
    'and a half, and that is more than the gate allows and more than chance. What measures and' \
    'what decides is taken from main, whatever the branch makes of it.'
  branch fewer
  change features '[mean, band]' 'Do with the means: half of the measures'
  ci 4 denied --base main
  stopped
}

unfair_model() {
  step '4. One that fails a group of patients' \
    'On another branch malignant samples with a ragged outline are left out of training,' \
    'because the laboratory doubts them. On average the model stays within what is allowed.'
  branch doubted
  change malignant_weight '{smooth: 1, medium: 1, ragged: 0}' 'Leave out the malignant samples that the laboratory doubts'
  ci 4 unfair --base main
  stopped
}

noisy_model() {
  step '5. One that differs by noise' \
    'On a third branch somebody uses the worst values alone, and all three numbers improve' \
    'a little. The gate lets it pass, and says that this is no improvement that the data shows.'
  branch worst
  change features '[worst, band]' 'Use the worst values alone: all three numbers improve'
  ci 0 noise --base main
}

stopped() { printf '\nmuster ci exited with 4: denied. In a merge request that stops the merge.\n'; }

summary() {
  git checkout --quiet --force main
  step '6. What is left' 'The registry has only what passed:'
  "$muster" models list
  printf '\nThe reports, for people:\n'
  printf '  .demo/%s.html, and as .md\n' passed denied unfair noise
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
  unfair_model
  noisy_model
  summary
}

main "$@"
