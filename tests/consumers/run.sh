#!/usr/bin/env bash
# Builds Tendril as a package, static and shared, and everything that users do with it: run.sh [work directory].
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd)
rm -rf "${work:?}"/{static,shared,prefix-static,prefix-shared,moved,consumers}

# All of these builds compile the library with the same flags (TENDRIL_WERROR too): with ccache only the first one costs anything.
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
export CMAKE_BUILD_TYPE=Release CMAKE_GENERATOR=Ninja

quietly() { # shows the output of a command only if it fails
  "$@" >"$work/log" 2>&1 || {
    tail -60 "$work/log"
    return 1
  }
}

install() { # install NAME OPTIONS...
  echo "== install: $1"
  quietly cmake -S "$root" -B "$work/$1" -DTENDRIL_BUILD_TESTS=OFF -DTENDRIL_BUILD_EXAMPLES=OFF -DTENDRIL_WERROR=ON "${@:2}"
  quietly cmake --build "$work/$1" -j2
  quietly cmake --install "$work/$1" --prefix "$work/prefix-$1"
}

consumer() { # consumer NAME OPTIONS...
  echo "== consumer: $1 ${*:2}"
  local build=$work/consumers/$1-$RANDOM
  quietly cmake -S "$root/tests/consumers/$1" -B "$build" "${@:2}"
  quietly cmake --build "$build" -j2
  ctest --test-dir "$build" --output-on-failure
}

by_pkg_config() { # by_pkg_config PREFIX
  echo "== consumer: pkg-config, $1"
  local pc
  pc=$(dirname "$(find "$1" -name tendril.pc)")
  read -ra flags < <(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs tendril eigen3)
  "${CXX:-g++}" -std=c++20 -DCONSUMER_HAS_XTENSOR=0 "$root/tests/consumers/consumer.cpp" "${flags[@]}" -o "$work/by_pkg_config"
  LD_LIBRARY_PATH=$(PKG_CONFIG_PATH=$pc pkg-config --variable=libdir tendril) "$work/by_pkg_config"
}

# The program is installed where CLI11 is found, and finds the shared library beside it.
program() { # program PREFIX
  if [[ ! -x $1/bin/tendril ]]; then
    echo "== no program in $1: CLI11 was not found"
    return
  fi
  echo "== program: $1"
  "$1/bin/tendril" --version
}

# The standard library's debug containers have another layout than those that the library was compiled with.
refused_by_linker() { # refused_by_linker PREFIX FLAG SYMBOL
  echo "== consumer: $2, which the library was built without"
  local pc
  pc=$(dirname "$(find "$1" -name tendril.pc)")
  read -ra flags < <(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs tendril eigen3)
  if "${CXX:-g++}" -std=c++20 "$2" -DCONSUMER_HAS_XTENSOR=0 "$root/tests/consumers/consumer.cpp" "${flags[@]}" -o "$work/refused" >"$work/log" 2>&1; then
    echo "FAILED: it links, but must not"
    return 1
  fi
  grep -m1 "undefined.*$3" "$work/log" || {
    tail -20 "$work/log"
    return 1
  }
}

install static
consumer find_package -DCMAKE_PREFIX_PATH="$work/prefix-static"
by_pkg_config "$work/prefix-static"
program "$work/prefix-static"
refused_by_linker "$work/prefix-static" -D_GLIBCXX_DEBUG tendril_must_be_built_with_GLIBCXX_DEBUG_as_this_file_is
refused_by_linker "$work/prefix-static" -D_GLIBCXX_USE_CXX11_ABI=0 tendril_must_be_built_with_GLIBCXX_USE_CXX11_ABI_0_as_this_file_is
consumer two_plugins -DCMAKE_PREFIX_PATH="$work/prefix-static"

install shared -DBUILD_SHARED_LIBS=ON
consumer shared_hidden -DCMAKE_PREFIX_PATH="$work/prefix-shared"
# An installed tree may be moved.
mv "$work/prefix-shared" "$work/moved"
consumer find_package -DCMAKE_PREFIX_PATH="$work/moved"
by_pkg_config "$work/moved"
program "$work/moved"
refused_by_linker "$work/moved" -D_GLIBCXX_DEBUG tendril_must_be_built_with_GLIBCXX_DEBUG_as_this_file_is

consumer add_subdirectory -DTENDRIL_WERROR=ON
consumer fetch_content -DTENDRIL_WERROR=ON
echo "all consumers work"
