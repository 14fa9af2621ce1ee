#!/usr/bin/env bash
# Runs muster ci with what the action was given.
set -euo pipefail

if [[ -n $REGISTRY ]]; then export MUSTER_REGISTRY=$REGISTRY; fi
if [[ -z $MUSTER_TOKEN ]]; then unset MUSTER_TOKEN; fi

arguments=(--executor "$EXECUTOR" --min-level "$MIN_LEVEL")
if [[ $PUBLISH_REQUIRED == true ]]; then arguments+=(--publish-required); fi
read -r -d '' -a more <<<"$ARGS" || true # until the end, over all lines

# What the cache has before, so that one that is still the same is not saved again.
find .muster/cache/entries -type f 2>/dev/null | sort >"$RUNNER_TEMP/muster-cache" || true

exec muster ci "${arguments[@]}" ${more[@]+"${more[@]}"} # bash 3.2 of macOS knows no empty list
