#!/usr/bin/env bash
# docs/api.md is what the generator (its path is the argument) makes of the public headers.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! diff -u docs/api.md <("$1" include); then
  echo "FAILED: docs/api.md differs from the headers. Run: $1 include > docs/api.md"
  exit 1
fi
echo "docs/api.md matches the headers"
