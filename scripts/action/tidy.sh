#!/usr/bin/env bash
# Makes the cache as small as it may be, and says whether it is worth saving.
set -euo pipefail

if [[ ! -d .muster/cache/entries ]]; then exit 0; fi
muster cache prune --max-size "$CACHE_SIZE" --drop-fetched
if ! find .muster/cache/entries -type f | sort | cmp -s - "$RUNNER_TEMP/muster-cache"; then
  echo changed=true >>"$GITHUB_OUTPUT"
fi
