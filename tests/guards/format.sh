#!/usr/bin/env bash
# Every tracked C++ file is formatted as .clang-format says. The op table is laid out by hand and left out.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Other versions of clang-format break lines elsewhere.
tool=$(command -v clang-format-14 || command -v clang-format || true)
if [[ -z $tool ]] || ! "$tool" --version | grep -q 'version 14\.'; then
  echo "skipped: clang-format 14 is not installed"
  exit 77
fi

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  mapfile -t files < <(git ls-files '*.hpp' '*.cpp')
else
  mapfile -t files < <(find include src tests examples benchmarks -name '*.hpp' -o -name '*.cpp')
fi
failed=0
for file in "${files[@]}"; do
  if ! difference=$("$tool" "$file" | diff -u --label "$file" --label "$file, formatted" "$file" -); then
    head -12 <<<"$difference"
    failed=$((failed + 1))
  fi
done
if ((failed)); then
  echo "FAILED: $failed of ${#files[@]} files are not formatted. Run: $tool -i \$(git ls-files '*.hpp' '*.cpp')"
  exit 1
fi
echo "${#files[@]} files are formatted"
