#!/usr/bin/env bash
# Records what the real kustomize makes of every case, or checks the records.
#
#   record.sh         rewrites expected.yaml of every case
#   record.sh check   fails if a record is not what kustomize makes of it
#
# A case is a folder: input/ is the repository, built at input/overlay if that exists. expected.yaml holds kustomize's
# output. error.txt holds our error where kustomize must fail as well (unless `kustomize-accepts` is there);
# unsupported.txt holds what we do not do. KUSTOMIZE names the binary; otherwise that of the test bed is taken.
set -euo pipefail
cd "$(dirname "$0")"
kustomize=${KUSTOMIZE:-$(find "${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/testbed" -path '*/bin/kustomize' | head -1)}
[ -x "$kustomize" ] || { echo "no kustomize binary; set KUSTOMIZE or build the test bed" >&2; exit 1; }
mode=${1:-record}
wrong=0
for case in */; do
  case=${case%/}
  folder=$case/input
  [ -d "$folder/overlay" ] && folder=$folder/overlay
  [ -f "$case/unsupported.txt" ] && continue
  if output=$("$kustomize" build --load-restrictor LoadRestrictionsNone "$folder" 2>/tmp/kustomize-corpus.$$); then failed=no; else failed=yes; fi
  if [ -f "$case/error.txt" ]; then
    if [ $failed = no ] && [ ! -f "$case/kustomize-accepts" ]; then echo "$case: kustomize accepts it"; wrong=1; fi
  elif [ $failed = yes ]; then
    echo "$case: kustomize refuses it: $(tail -1 /tmp/kustomize-corpus.$$)"; wrong=1
  elif [ "$mode" = check ]; then
    [ "$output" = "$(cat "$case/expected.yaml")" ] || { echo "$case: expected.yaml is not what kustomize makes"; wrong=1; }
  else
    printf '%s\n' "$output" > "$case/expected.yaml"
  fi
done
rm -f /tmp/kustomize-corpus.$$
exit $wrong
