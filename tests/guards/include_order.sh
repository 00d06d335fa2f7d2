#!/usr/bin/env bash
# Includes point one way: each file of src/ and include/ includes only its own room and the rooms that the table names for it; no circle.
#
# The table is the one place that knows the order; CONTRIBUTING.md says what the rooms are for. A row: the room, a folder of src/ or the file
# there with its name; the public headers that stand in the room, as below include/tendril/; the rooms, or single public headers, that it may
# include besides itself. What is declared in one room and defined in a higher one (find_backend, warn, what td::array asks of a trace) is how
# a lower room calls a higher one. The room of the emitter has layers: the lists below the table, lowest first; a header knows its own and lower ones.
set -euo pipefail
cd "$(dirname "$0")/../.."

# One unit pays for {fmt}'s templates.
if grep -rn '#include <fmt/' src --include=*.cpp --include=*.hpp | grep -v '^src/array/format\.'; then
  echo "FAILED: {fmt} is included above: expected in src/array/format.cpp alone. Make texts by format_text of array/format.hpp."
  exit 1
fi

table='
array           | fwd type dtypes error array memory natives version eigen xtensor detail/abi detail/ref detail/array_traits detail/nested detail/pack detail/with_dtype |
ops             | ops linalg graph fmt detail/op_id detail/for_each detail/op_macros detail/op_macros_undef | array
graph           | | array ops
kernels         | backend profile | array ops graph
passes          | passes | array ops graph kernels
threads         | | array ops kernels
stages          | | array ops graph kernels threads
run             | | array ops kernels threads stages
compile         | | array kernels passes run threads
trace           | trace trace_options target transpile detail/trace_core detail/functor detail/arguments detail/results detail/spell detail/frontend | array ops graph kernels passes run compile
transforms      | transforms | array ops graph trace
source          | source | array ops graph kernels passes trace
save            | save | array ops graph kernels passes trace source
draw            | draw tendril | array ops graph kernels source save passes trace transforms
backends/shared | | array ops kernels
backends/eigen  | | array ops kernels stages backends/shared
backends/xtensor| | array ops kernels backends/shared
backends/jit    | | array ops kernels stages backends/shared
backends/onednn | | array ops kernels backends/shared
backends        | | array kernels backends/eigen backends/xtensor backends/jit backends/onednn
frontends       | detail/lacking frontends/eigen frontends/jax frontends/keywords frontends/numpy frontends/tensorflow frontends/torch frontends/xtensor | array ops transpile.hpp transforms.hpp
'

layers='
elements loop_form values
assembler vocabulary constants frame
instructions operands arithmetic comparisons division mathematics
reductions trees reduce moments
loops collect loop last folds truths which_rows rows pairwise
emitter calls jit code small small_plan small_code program
'

find src include/tendril \( -name '*.hpp' -o -name '*.cpp' \) | sort | xargs grep -nE '^[ ]*#[ ]*include[ ]*("|<tendril/)' /dev/null |
  awk -v table="$table" -v layers="$layers" '
    # The layer of a file of the emitter, from 1; 0 of other files.
    function layer_of(path,   p) {
      if (path !~ /^src\/backends\/jit\//) return 0
      p = path
      sub(/^.*\//, "", p)
      sub(/\..*$/, "", p)
      return p in layer ? layer[p] : -1
    }
    function room_of(path,   p, n, parts) {
      if (path ~ /^include\/tendril\//) {
        p = path
        sub(/^include\/tendril\//, "", p)
        sub(/\.(hpp|def)$/, "", p)
        return p in public ? public[p] : ""
      }
      p = path
      sub(/^src\//, "", p)
      n = split(p, parts, "/")
      if (n == 1) sub(/\..*$/, "", p)
      else p = parts[1] == "backends" && n > 2 ? "backends/" parts[2] : parts[1]
      return p in may ? p : ""
    }
    function wrong(place, text) {
      print place ": [includes] " text
      failed = 1
    }
    # Depth first: a file that is met again before it is done closes a circle.
    function visit(file,   k, next_file, circle, i) {
      state[file] = 1
      stack[++depth] = file
      for (k = 1; k <= count[file]; ++k) {
        next_file = to[file, k]
        if (!(next_file in state)) visit(next_file)
        else if (state[next_file] == 1) {
          circle = ""
          for (i = depth; i > 0 && stack[i] != next_file; --i) circle = stack[i] " -> " circle
          wrong(file ":" line[file, k], "files include each other in a circle: got " next_file " -> " circle next_file \
                ", expected none. Declare what both need in a header below them.")
        }
      }
      --depth
      state[file] = 2
    }
    BEGIN {
      rows = split(table, row, "\n")
      for (r = 1; r <= rows; ++r) {
        if (row[r] !~ /\|/) continue
        split(row[r], column, "|")
        gsub(/ /, "", column[1])
        may[column[1]] = " " column[3] " "
        ++rooms
        n = split(column[2], header, " ")
        for (h = 1; h <= n; ++h) public[header[h]] = column[1]
      }
      rows = split(layers, row, "\n")
      for (r = 1; r <= rows; ++r) {
        n = split(row[r], header, " ")
        for (h = 1; h <= n; ++h) layer[header[h]] = r
      }
    }
    {
      split($0, part, ":")
      file = part[1]
      name = $0
      sub(/^[^"<]*["<]/, "", name)
      sub(/[">].*$/, "", name)
      target = name ~ /^tendril\// ? "include/" name : "src/" name
      if (target ~ /\.def$/) next  # lists and tables, expanded where they are included
      k = ++count[file]
      to[file, k] = target
      line[file, k] = part[2]
      ++includes
      place = file ":" part[2]
      from = room_of(file)
      room = room_of(target)
      if (from == "") wrong(place, "the file stands in no room: got " file ", expected one of the table. Add it to tests/guards/include_order.sh.")
      else if (room == "") wrong(place, "what is included stands in no room: got " target ", expected one of the table. Add it to tests/guards/include_order.sh.")
      else if (room != from && index(may[from], " " room " ") == 0 && !(target ~ /^include/ && index(may[from], " " substr(target, match(target, /[^\/]*$/)) " "))) {
        allowed = may[from]
        gsub(/ +/, " ", allowed)
        sub(/^ /, "", allowed)
        sub(/ $/, "", allowed)
        wrong(place, "the room " from " includes a room that it must not know: got " target " of " room ", expected " from (allowed == "" ? "" : " or one of: " allowed) ". Move what is needed to a lower room.")
      }
    }
    layer_of(file) && layer_of(target) {
      if (layer_of(file) < 0) wrong(place, "the file stands in no layer: got " file ", expected one of the list. Add it to tests/guards/include_order.sh.")
      else if (layer_of(file) < layer_of(target)) wrong(place, "a lower layer includes a higher one: got " target ", expected one below. Move what is needed down.")
    }
    END {
      for (file in count) if (!(file in state)) visit(file)
      if (!includes) {
        print "FAILED: no includes found"
        exit 1
      }
      if (!failed) print includes " includes of " rooms " rooms point one way, without a circle"
      exit failed
    }'
