#!/usr/bin/env bash
# Installs what Tendril needs on Debian 12+ and Ubuntu 24.04+. Run again, it does nothing. `--minimal`: the library alone, no tests.
set -euo pipefail

library=(g++ cmake ninja-build libeigen3-dev libxtensor-dev libfmt-dev libxbyak-dev libtbb-dev libdnnl-dev nlohmann-json3-dev libzip-dev)
# What an example and its test are left out without: a library for PNG files, and a photograph. A release may lack one.
pictures=(libpng-dev tk8.6-doc)
development=(catch2 libbenchmark-dev libcli11-dev libcapstone-dev graphviz ccache mold clang-format pkg-config git)

packages=("${library[@]}" "${development[@]}")
case "${1-}" in
  "") ;;
  --minimal)
    packages=("${library[@]}")
    pictures=()
    ;;
  *)
    echo "usage: $0 [--minimal]" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "[install-deps] cannot install: got a system without apt, expected Debian or Ubuntu. Install by hand: ${packages[*]}." >&2
  exit 1
fi

# A package that another one provides (pkgconf for pkg-config) counts as installed.
installed=" $(dpkg-query -W -f '${db:Status-Abbrev}|${Package} ${Provides}\n' | sed -n 's/^ii *|//p' | sed 's/([^)]*)//g; s/,/ /g' | tr '\n' ' ') "
missing=()
for package in "${packages[@]}"; do
  [[ $installed == *" $package "* ]] || missing+=("$package")
done

# Those of the pictures' packages that apt knows of: more after an update than before.
add_pictures() {
  for package in "${pictures[@]}"; do
    [[ $installed == *" $package "* || " ${missing[*]} " == *" $package "* ]] && continue
    if apt-cache show "$package" >/dev/null 2>&1; then missing+=("$package"); fi
  done
}
add_pictures

if ((${#missing[@]})); then
  echo "installing: ${missing[*]}"
  sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || {
      echo "[install-deps] cannot install: got no root rights and no sudo. Run as root: apt-get install ${missing[*]}." >&2
      exit 1
    }
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -q
  add_pictures
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

version=$(cmake --version | sed -n '1s/[^0-9]*//p')
if [[ $(printf '%s\n' 3.25 "$version" | sort -V | head -1) != 3.25 ]]; then
  echo "[install-deps] CMake is too old: got $version, expected 3.25 or newer. Take Debian 12, Ubuntu 24.04 or a newer CMake." >&2
  exit 1
fi
