#!/usr/bin/env bash
# Nodes are made by graph::add and its like, and made of others by the rewriter: what copies one by hand may lose its regions, rules or line.
# The reader of saved files makes them of what a file says, whole, and has them verified.
set -euo pipefail
cd "$(dirname "$0")/../.."
found=$(grep -rnE 'nodes\.(push_back|emplace_back|insert)|\bnode [a-z_]+( = |;)' src --include='*.cpp' --include='*.hpp' |
  grep -vE '^src/(graph/(graph\.cpp|rewriter\.hpp)|save/json\.cpp):' || true)
if [[ -n $found ]]; then
  echo "FAILED: nodes made beside src/graph/rewriter.hpp:"
  echo "$found"
  exit 1
fi
echo "every node is made in src/graph/, or read from a file"
