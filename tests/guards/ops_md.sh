#!/usr/bin/env bash
# docs/ops.md is what the generator (its path is the argument) makes of the op table.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! diff -u docs/ops.md <("$1"); then
  echo "FAILED: docs/ops.md differs from the op table. Run: $1 > docs/ops.md"
  exit 1
fi
echo "docs/ops.md matches the op table"
