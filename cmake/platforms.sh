#!/usr/bin/env bash
# Runs the README's two commands on other systems, without warnings: platforms.sh [NAME...], all of them without a name.
#
#   debian-13, ubuntu-24.04, debian-unstable   a tree of that system by debootstrap, its compiler and its packages
#   clang-19                                   the same on Debian 13, by clang++-19
#   arm64                                      for AArch64 on Debian 13: cross-compiled, tests and examples under qemu-user
#
# A row of the README's table each: what was used, and the number of tests that passed. Trees stay in TENDRIL_PLATFORMS
# (/var/tmp/tendril-platforms) for the next run; the compiler cache (CCACHE_DIR) is shared with them. Needs root, for chroot.
# Exits with 0 where all passed, 1 where one failed, 77 where one is not to be had here (nothing failed then).
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
trees=${TENDRIL_PLATFORMS:-/var/tmp/tendril-platforms}
cache=${CCACHE_DIR:-$HOME/.cache/ccache}
all=(debian-13 ubuntu-24.04 debian-unstable clang-19 arm64)
not_here=77

# Both end one platform, not the others: each runs in a subshell.
skip() {
  echo "[platforms] not to be had here: $*" >&2
  exit $not_here
}
fail() {
  echo "[platforms] $*" >&2
  exit 1
}

install_here() { # install_here COMMAND PACKAGE
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null || skip "$1 is missing and there is no apt-get. Install $2."
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$2"; } >&2 ||
    skip "$1 is missing and package $2 cannot be installed."
}

# Runs a command line in a tree, with mounts of its own that end with it. Where mounts are not allowed it works without.
inside() { # inside TREE COMMAND
  local tree=$1 command=$2 apart=(unshare --mount --propagation private)
  "${apart[@]}" true 2>/dev/null || apart=()
  # shellcheck disable=SC2016  # the inner shell expands these
  "${apart[@]}" bash -c '
    tree=$1 cache=$2 command=$3 apart=$4
    [ -z "$apart" ] || { mount -t proc proc "$tree/proc" && mount --rbind /dev "$tree/dev" && mount --rbind /sys "$tree/sys" &&
      mkdir -p "$cache" "$tree/root/.cache/ccache" && mount --bind "$cache" "$tree/root/.cache/ccache"; } 2>/dev/null
    exec chroot "$tree" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      CCACHE_BASEDIR=/root/tendril CCACHE_COMPILERCHECK=content bash -c "cd /root/tendril 2>/dev/null; $command"' \
    platforms "$tree" "$cache" "$command" "${apart[*]}"
}

# A tree of a system, made once. One that was not finished is made again.
make_tree() { # make_tree NAME SUITE MIRROR KEYRING [SCRIPT] [OPTIONS...]
  local tree=$trees/$1 suite=$2 mirror=$3 keyring=$4 script=${5-}
  if [[ ! -e $tree/.complete ]]; then
    install_here debootstrap debootstrap
    [[ -r $keyring ]] || skip "$1 needs $keyring, to check what it downloads. Install the package that has it."
    rm -rf "$tree"
    mkdir -p "$trees"
    echo "[platforms] making $tree" >&2
    debootstrap --variant=minbase --include=ca-certificates --keyring="$keyring" "${@:6}" "$suite" "$tree" "$mirror" ${script:+"$script"} \
      >"$trees/$1.log" 2>&1 || {
      tail -5 "$trees/$1.log" >&2
      skip "debootstrap of $1 from $mirror failed. Look at $trees/$1.log."
    }
    echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/unsafe-io" # nobody misses a tree after a power cut
    # A mirror may stand behind what unstable's release file allows. Signatures are checked all the same.
    echo 'Acquire::Check-Valid-Until "false";' >"$tree/etc/apt/apt.conf.d/99mirror"
    # What users have: the compiler with its corrections.
    if [[ $suite == noble ]]; then echo "deb $mirror noble-updates main universe" >>"$tree/etc/apt/sources.list"; fi
    touch "$tree/.complete"
  fi
  cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
  inside "$tree" "test -r /proc/self/status && test -w /dev/null" || skip "/proc and /dev cannot be mounted in $tree."
}

debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
tree_of() { # tree_of NAME: makes it
  case $1 in
    debian-13) make_tree debian-13 trixie http://deb.debian.org/debian "$debian_keyring" ;;
    debian-unstable) make_tree debian-unstable sid http://deb.debian.org/debian "$debian_keyring" ;;
    ubuntu-24.04)
      # Debian 13 has the keys of Ubuntu's archive as a package, which its own keys vouch for. Older ones do not know the suite: any
      # of Ubuntu's has the same script.
      local keys=$trees/ubuntu-keyring
      if [[ ! -e $keys/usr/share/keyrings/ubuntu-archive-keyring.gpg ]]; then
        tree_of debian-13
        inside "$trees/debian-13" "cd /tmp && apt-get update -q && apt-get download -q ubuntu-keyring" >&2 ||
          skip "the keys of Ubuntu's archive could not be loaded from Debian's."
        mkdir -p "$keys"
        dpkg-deb -x "$trees"/debian-13/tmp/ubuntu-keyring_*.deb "$keys" || fail "ubuntu-keyring could not be unpacked."
      fi
      make_tree ubuntu-24.04 noble http://archive.ubuntu.com/ubuntu "$keys/usr/share/keyrings/ubuntu-archive-keyring.gpg" gutsy \
        --components=main,universe
      ;;
  esac
}

# The checkout as it is, without what git ignores. Builds of earlier runs go: a file that is not compiled does not warn.
copy_checkout() { # copy_checkout TREE
  rm -rf "${1:?}/root/tendril"
  mkdir -p "$1/root/tendril"
  if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    git -C "$root" ls-files -z --cached --others --exclude-standard | tar -C "$root" --null --ignore-failed-read -T - -cf - 2>/dev/null
  else
    tar -C "$root" --exclude=./build -cf - .
  fi | tar -C "$1/root/tendril" -xf - || fail "the checkout could not be copied to $1."
}

quiet_build() { # quiet_build TREE LOG COMMAND: shows the end of the log where the command fails, and every warning
  inside "$1" "$3" >"$2" 2>&1 || {
    grep -E -A12 'error:|FAILED|\*\*\*Failed|Errors while' "$2" | head -80 >&2
    tail -40 "$2" >&2
    fail "failed: $3 (the whole text is in $2)"
  }
  if grep -E ':[0-9]+: warning: |^[a-z0-9+-]+: warning: |^CMake .*Warning' "$2" >&2; then fail "warnings: $3 (the whole text is in $2)"; fi
}

# One cell each: the first lines of the tools, the versions of the packages.
row() { # row NAME TREE COMPILER TESTS
  # shellcheck disable=SC2016  # the inner shell expands these
  inside "$2" '
    of() { v=$(dpkg-query -W -f "\${Version}\n" "$1" 2>/dev/null | head -1 | sed "s/^[0-9]*://; s/[-+~].*//"); echo "${v:-none}"; }
    compiler=$('"$3"' --version | sed -n "1s/.* \([0-9][0-9.]*[0-9]\).*/\1/p")
    printf "| %s | %s %s | %s | %s | %s | %s | %s | %s | %s | %s |\n" "'"$1"'" "'"${3##*/}"'" "$compiler" \
      "$(cmake --version | sed -n "1s/[^0-9]*//p")" "$(of libeigen3-dev)" "$(of libxtensor-dev)" "$(of libfmt-dev)" "$(of libdnnl-dev)" \
      "$(of libtbb-dev)" "$(of libxbyak-dev)" "'"$4"'"'
}

# Before the commands that may not warn, as apt does.
install_dependencies() { # install_dependencies TREE LOG
  inside "$1" "cmake/install-deps.sh" >"$2" 2>&1 || {
    tail -5 "$2" >&2
    skip "packages of $1 cannot be installed. Look at $2."
  }
}

tests_in() { sed -n 's/.*tests passed, 0 tests failed out of \([0-9]*\)/\1/p' "$1" | tail -1; }

# The README's two commands. `environment` stands before both.
readme_commands() { # readme_commands NAME TREE COMPILER ENVIRONMENT
  local log=$trees/$1.log
  copy_checkout "$2"
  install_dependencies "$2" "$log"
  quiet_build "$2" "$log" "$4 cmake/install-deps.sh && $4 cmake --workflow --preset demo"
  quiet_build "$2" "$log" "$4 cmake/install-deps.sh && $4 cmake --workflow --preset test"
  row "$1" "$2" "$3" "$(tests_in "$log")"
}

platform() {
  case $1 in
    debian-13 | ubuntu-24.04 | debian-unstable)
      tree_of "$1"
      readme_commands "$1" "$trees/$1" g++ ""
      ;;
    clang-19)
      tree_of debian-13
      quiet_install debian-13 clang-19
      readme_commands clang-19 "$trees/debian-13" clang++-19 "CXX=clang++-19"
      ;;
    arm64)
      tree_of debian-13
      local tree=$trees/debian-13 log=$trees/arm64.log
      copy_checkout "$tree"
      install_dependencies "$tree" "$log"
      inside "$tree" "dpkg --add-architecture arm64" || fail "dpkg refuses arm64."
      quiet_install debian-13 g++-aarch64-linux-gnu qemu-user libstdc++6:arm64 libtbb-dev:arm64 libfmt-dev:arm64
      # Catch2's libraries of two machines have one path: those of this one stand apart.
      inside "$tree" "rm -rf /opt/arm64 /tmp/libcatch2-dev_* && mkdir -p /opt/arm64 && cd /tmp && apt-get download -q libcatch2-dev:arm64 &&
        dpkg-deb -x libcatch2-dev_*_arm64.deb /opt/arm64" >>"$log" 2>&1 || skip "libcatch2-dev:arm64 cannot be loaded. Look at $log."
      quiet_build "$tree" "$log" "cmake --preset release -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
        -DCatch2_DIR=/opt/arm64/usr/lib/cmake/Catch2 \
        -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64 -DCMAKE_LIBRARY_ARCHITECTURE=aarch64-linux-gnu &&
        cmake --build --preset release && ctest --preset release -LE 'guard|compile_fail'"
      row arm64 "$tree" aarch64-linux-gnu-g++ "$(tests_in "$log")"
      ;;
    *)
      echo "usage: $0 [${all[*]}]" >&2
      exit 2
      ;;
  esac
}

quiet_install() { # quiet_install TREE PACKAGE...
  inside "$trees/$1" "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends ${*:2}" \
    >"$trees/$1.log" 2>&1 || {
    tail -5 "$trees/$1.log" >&2
    skip "packages of $1: ${*:2}."
  }
}

((EUID == 0)) || {
  echo "[platforms] not to be had here: chroot needs root." >&2
  exit $not_here
}
(($#)) || set -- "${all[@]}"
status=0
echo "| system | compiler | CMake | Eigen | xtensor | fmt | oneDNN | oneTBB | Xbyak | tests passed |"
echo "|---|---|---|---|---|---|---|---|---|---|"
for name in "$@"; do
  (platform "$name")
  case $? in
    0) ;;
    2) exit 2 ;;
    "$not_here") ((status)) || status=$not_here ;;
    *) status=1 ;;
  esac
done
exit $status
