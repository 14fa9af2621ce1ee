#!/usr/bin/env bash
# Looks at the action's inputs, and says what its later steps do: the keys of the
# cache, and whether the report can be kept.
set -euo pipefail

# refuse INPUT VALUE WHAT: the run's page shows it. %q leaves no line for a command to hide on.
refuse() {
  printf '::error title=muster::the input %s is %q, and can be %s\n' "$1" "${2//%/%25}" "$3"
  exit 1
}

boolean() { [[ $2 == true || $2 == false ]] || refuse "$1" "$2" 'true or false'; }

boolean cache "$CACHE"
boolean publish-required "$PUBLISH_REQUIRED"
boolean install-only "$INSTALL_ONLY"
[[ $MIN_LEVEL =~ ^[0-4]$ ]] || refuse min-level "$MIN_LEVEL" '0, 1, 2, 3 or 4'
[[ $EXECUTOR =~ ^(docker|process)?$ ]] || refuse executor "$EXECUTOR" 'docker, process or left out'
[[ $ARTIFACT =~ ^[A-Za-z0-9._\ -]*$ ]] || refuse artifact "$ARTIFACT" 'letters, digits, spaces, dots and dashes'
[[ -d $WORKING_DIRECTORY ]] || refuse working-directory "$WORKING_DIRECTORY" 'a folder of the checkout; is there a step with actions/checkout before this one?'

# digest TEXT: short, and fit for a key.
digest() { printf '%s' "$1" | git hash-object --stdin | cut -c 1-12; }

tell() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

if [[ $INSTALL_ONLY == true ]]; then
  exit 0 # no step has anything to do but the one that installs
fi
tell run true

# ---- the cache
#
# GitHub gives a job the caches of its own branch or pull request and of the default
# branch; other servers give it all. So the key says whose the cache is. A job that runs
# in the default branch's name for somebody else (workflow_run, issue_comment,
# pull_request_target) may have checked out anything: it keeps nothing.

folder=${WORKING_DIRECTORY#./}
folder=${folder%/}
name=root
[[ $folder == . || $folder == '' ]] || name=$(digest "$folder")
prefix=muster-1-$RUNNER_OS-$RUNNER_ARCH-$name
main=refs/heads/$DEFAULT_BRANCH

save=$CACHE
restore=("$prefix-default-")
own=$prefix-default-
if [[ $GITHUB_REF != "$main" ]]; then
  own=$prefix-change-$(digest "$GITHUB_REF")-
  if [[ -n ${GITHUB_BASE_REF:-} ]]; then
    restore=("$prefix-change-$(digest "refs/heads/$GITHUB_BASE_REF")-" "${restore[@]}")
  fi
  restore=("$own" "${restore[@]}")
elif [[ ! $GITHUB_EVENT_NAME =~ ^(push|schedule|workflow_dispatch)$ ]]; then
  save=false
fi

tell cache "$CACHE"
tell save "$save"
tell key "$own$GITHUB_RUN_ID-${GITHUB_RUN_ATTEMPT:-1}-$(digest "$GITHUB_JOB/${JOB_INDEX:-0}")"
{
  printf 'restore-keys<<keys\n'
  printf '%s\n' "${restore[@]}"
  printf 'keys\n'
} >>"$GITHUB_OUTPUT"

# ---- the report
#
# Only github.com takes artifacts from the upload action that is used here: on others
# it would fail. docs/github.md has a step for those.

upload=false
if [[ -n $ARTIFACT ]]; then
  case ${GITHUB_SERVER_URL:-} in
    https://github.com | https://*.ghe.com) upload=true ;;
    *) printf '::notice title=muster::the report is not kept as an artifact: this server does not take it from actions/upload-artifact v4 or later\n' ;;
  esac
fi
if [[ $upload == false ]]; then
  ARTIFACT=
elif [[ $name != root ]]; then
  ARTIFACT+=-$(printf '%s' "$folder" | tr -c 'A-Za-z0-9._-' '-')
fi
tell upload "$upload"
tell artifact "$ARTIFACT"
