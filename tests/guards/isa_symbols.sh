#!/bin/sh
# isa_symbols.sh FILE...: no kernel object may define a weak or unique symbol outside the namespaces of its own instruction set.
#
# The linker keeps one of several weak definitions, from whichever object comes first: a std template compiled for AVX-512 could
# replace everyone's. FILEs are the objects; the instruction set is read from the name of their directory in CMakeFiles, or file.
status=0
checked=0
for object in "$@"; do
  case "${object##*CMakeFiles/}" in # not the checkout's own name
    *avx512*) isa=avx512 ;;
    *avx2*) isa=avx2 ;;
    *baseline*) isa=baseline ;;
    *)
      echo "isa_symbols: cannot tell the instruction set of $object"
      exit 2
      ;;
  esac
  symbols=$(nm --defined-only "$object") || exit 2
  leaked=$(printf '%s\n' "$symbols" | awk -v isa="_$isa" '$2 ~ /^[WVu]$/ && index($3, isa) == 0 && $3 !~ /^DW\.ref\./ { print $3 }')
  if [ -n "$leaked" ]; then
    echo "$object: symbols that the linker may merge with code for another processor:"
    printf '%s\n' "$leaked" | c++filt | sed 's/^/  /'
    status=1
  fi
  checked=$((checked + 1))
done
if [ "$checked" -eq 0 ]; then
  echo "isa_symbols: no objects given"
  exit 2
fi
[ $status -eq 0 ] && echo "isa_symbols: $checked objects are clean"
exit $status
