#!/usr/bin/env bash
# Code and output shown in the README and in docs/ are those of the examples.
#
# A fenced block under `<!-- from FILE -->` must equal the file, or its part between two lines `// [readme]`; under
# `<!-- from FILE NAME -->` the part between two lines `// [readme NAME]`. Indentation common to all lines does not count. Each line of a block
# under `<!-- printed in FILE -->` must be a line of that file. And the README counts the refusals of the op table right.
set -euo pipefail
cd "$(dirname "$0")/../.."

dedent() {
  awk '{ lines[NR] = $0; if ($0 ~ /[^ ]/) { match($0, /^ */); if (!seen++ || RLENGTH < least) least = RLENGTH } }
       END { for (i = 1; i <= NR; i++) print substr(lines[i], least + 1) }'
}

# The part of FILE that NAME marks.
region() {
  local file=$1 marker="// [readme${2:+ $2}]"
  if ! grep -qF "$marker" "$file"; then
    [[ -n ${2-} ]] && return 1
    cat "$file"
  else
    awk -v marker="$marker" '{ text = $0; sub(/^ */, "", text) } text == marker { on = !on; next } on && text !~ /^\/\/ \[readme/' "$file"
  fi | dedent
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
blocks=0
failed=0
for page in README.md docs/*.md; do
  # Each marked block becomes a file NUMBER.block whose first line is the marker's own words.
  rm -f "$scratch"/*.block
  awk -v out="$scratch" '
    /^<!-- (from|printed in) [^ ]+( [^ ]+)? -->$/ { marker = $0; gsub(/^<!-- | -->$/, "", marker); next }
    /^```/ && open { close(open); open = ""; next }
    /^```/ && marker { open = sprintf("%s/%03d.block", out, ++n); print marker > open; marker = ""; next }
    open { print > open; next }
    /[^ ]/ { if (marker) { print "no fenced block follows the marker: " marker > "/dev/stderr"; exit 1 } }
  ' "$page"
  for block in "$scratch"/*.block; do
    [[ -e $block ]] || continue
    blocks=$((blocks + 1))
    read -r how file name < <(sed -n '1s/^printed in/printed/p;1s/^from/from/p' "$block")
    if [[ ! -e $file ]]; then
      echo "$page: there is no $file"
      failed=1
    elif [[ $how == printed ]]; then
      missing=$(awk 'NR == FNR { printed[$0]; next } FNR > 1 && !($0 in printed)' "$file" "$block")
      [[ -z $missing ]] || { printf '%s: %s does not print:\n%s\n' "$page" "$file" "$missing"; failed=1; }
    elif ! region "$file" "$name" >"$scratch/expected"; then
      echo "$page: $file marks no part [readme $name]"
      failed=1
    elif ! sed 1d "$block" | dedent | diff -u --label "$page" --label "$file" - "$scratch/expected"; then
      failed=1
    fi
  done
done
refusals=$(grep -vcE '^(#|$)' tests/data/refusals.txt || true)
grep -qF "Refusals: $refusals," README.md || { echo "README.md: tests/data/refusals.txt lists $refusals refusals"; failed=1; }
if ((blocks == 0)); then
  echo "FAILED: no marked block found"
  exit 1
fi
((failed)) && echo "FAILED: bring the pages and the examples together"
((failed)) || echo "$blocks blocks of the pages match the examples"
exit $failed
