#!/usr/bin/env bash
# Each instruction of the emitter that writes a general register asks the table of kept registers first: src/backends/jit/assembler.hpp has it
# in its list. Which instructions write some, Xbyak's own header says: jit_registers.sh INCLUDE_DIRECTORY_OF_XBYAK.
set -euo pipefail
cd "$(dirname "$0")/../.."
header=$1/xbyak/xbyak_mnemonic.h

# Those whose first operand may be a general register, but for some that only read it or take memory and vectors alone; and those that write registers without naming them.
explicit=$(sed -nE 's/.*void ([a-z0-9_]+)\(const (Operand|Reg[0-9a-z]*)& .*/\1/p' "$header" | sort -u | grep -vxE 'cmp|test|push|bt|vp?compress.*|vextract[fi].*|vpmovu?s?[bwdq][bwdq]')
implicit="mul div idiv cqo cdq cdqe cwde cpuid rdtsc rdtscp xgetbv mulx lodsb lodsd lodsq stosb stosd stosq movsb movsd movsq rep xlatb"
asks=$(sed -nE 's/TENDRIL_ASKS\(([a-z0-9_]+)\)/\n\1\n/gp' src/backends/jit/assembler.hpp | grep -xE '[a-z0-9_]+' | sort -u)
words=$(sed -nE 's/^ *TENDRIL_WORD\([a-z_0-9]+, *(.*)\)$/\1/p' src/backends/jit/vocabulary.hpp | grep -oE '[a-z0-9_]+' | sort -u)
used=$(echo "$words"; grep -ohE '(^|[^a-zA-Z0-9_:.&])[a-z][a-z0-9_]*\(' src/backends/jit/*.cpp src/backends/jit/*.hpp | sed -E 's/^[^a-z]//; s/\($//')
used=$(sort -u <<<"$used")

count=$(wc -w <<<"$explicit")
if ((count < 100)); then
  echo "FAILED: $header names $count instructions with general registers, expected more than 100. Teach this guard to read it."
  exit 1
fi
grep -qx vmovmskpd <<<"$words" || { echo "FAILED: vmovmskpd is missing from the table of vocabulary.hpp, or this guard does not read it"; exit 1; }
for name in mov lea add setz kmovd; do
  grep -qx "$name" <<<"$asks" || { echo "FAILED: $name is missing from assembler.hpp, or this guard does not read it"; exit 1; }
done
wrong=$(comm -12 <(sort -u <<<"$explicit"$'\n'"${implicit// /$'\n'}") <(comm -23 <(echo "$used") <(echo "$asks")))
if [[ -n $wrong ]]; then
  echo "FAILED: these write general registers and do not ask the table of those that are kept:" $wrong
  echo "Add TENDRIL_ASKS(name) to src/backends/jit/assembler.hpp."
  exit 1
fi
echo "$(wc -w <<<"$used") names in use, $(wc -w <<<"$asks") instructions that ask"
