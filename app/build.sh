# build.sh - what app/run and tests/run share: Debian packages, and build folders
#
# shellcheck shell=bash disable=SC2034,SC2154 # the names that cross between the files
#
# Sourced, never run.  Whoever sources it has set `root`, the top of the tree, and
# `program`, the name that begins a complaint.  Every step says in a line what it is
# about to do, keeps what the tools print in a log, and shows that log only on failure.

# What a build needs.  check is here because one meson.build describes the tests too.
build_packages=(
  gcc libc6-dev meson ninja-build pkg-config check
  libglib2.0-dev libcairo2-dev libsqlite3-dev libjansson-dev libopenblas-pthread-dev
  libgdk-pixbuf-2.0-dev libgtk-4-dev libadwaita-1-dev libchafa-dev libedit-dev
)

# What the window needs on a machine without a desktop: icons, a font, picture loaders.
window_packages=(
  adwaita-icon-theme fonts-dejavu-core gsettings-desktop-schemas
  librsvg2-common shared-mime-info webp-pixbuf-loader
)

say () {
  printf '%s\n' "$*" >&2
}

fail () {
  say "$program: $*"
  exit 1
}

# The arguments that dpkg does not have installed, one a line.
missing_packages () {
  local -A installed=()
  local name status

  while read -r name status; do
    [[ $status == installed ]] && installed[$name]=yes
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)

  for name in "$@"; do
    [[ -n ${installed[$name]:-} ]] || printf '%s\n' "$name"
  done
}

as_root () {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_get () {
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
    "$@" </dev/null
}

# Why apt-get failed.  `update` exits with 0 even if no list could be fetched, and the
# packages are then said not to exist: so a network that does not answer is named first.
reason_in () {
  local log=$1 reason

  reason=$(sed -n 's/^[WE]: Failed to fetch [^ ]* *//p' "$log" | head -n 1)
  if [[ -n $reason ]]; then
    printf 'the Debian archive cannot be reached (%s)' "$reason"
  else
    grep -m 1 '^E: ' "$log" || printf 'apt-get said: %s' "$(tail -n 1 "$log")"
  fi
}

# install_packages NAME…: installs what is missing of them, and nothing else.
install_packages () {
  local packages log

  mapfile -t packages < <(missing_packages "$@")
  ((${#packages[@]})) || return 0

  [[ -x /usr/bin/apt-get ]] ||
    fail "there is no apt-get here to install what Debian calls ${packages[*]}"
  ((EUID == 0)) || command -v sudo >/dev/null ||
    fail "you are not root and there is no sudo: ask an administrator for ${packages[*]}"

  say "Debian packages that are needed and not installed (${#packages[@]}):"
  fold -s -w 76 <<<"${packages[*]}" | sed 's/^/  /; s/ $//' >&2
  say "Installing them with apt-get, which can take some minutes …"

  as_root true || fail "sudo was refused, and the packages are not installed"
  log=$(mktemp) || fail "no temporary file can be made"
  apt_get update >"$log" 2>&1
  apt_get --no-install-recommends install "${packages[@]}" >>"$log" 2>&1 ||
    fail "the packages are not installed: $(reason_in "$log")"
  rm -f "$log"
}

# Runs a tool with Debian's tools only: a conda or a pyenv in front of PATH would hand
# meson another python, and the compiler other libraries.
debian () {
  env -u CC -u CFLAGS -u CPPFLAGS -u LDFLAGS -u CPATH -u LIBRARY_PATH -u LD_LIBRARY_PATH \
    -u PKG_CONFIG_PATH -u PYTHONPATH -u PYTHONHOME -u DESTDIR PYTHONNOUSERSITE=1 \
    PATH=/usr/bin:/bin:/usr/sbin:/sbin "$@"
}

# Runs a tool and keeps what it prints in NAME.log; if it fails, so does everything.
logged () {
  local log=$root/$1.log
  shift

  { : >>"$log"; } 2>/dev/null || fail "cannot write into $root"
  "$@" >>"$log" 2>&1 && return

  tail -n 30 "$log" >&2
  fail "the build failed; all that it printed is in $log"
}

# True if Debian's meson made folder $1 for this tree, where the tree stands now.
is_configured () {
  grep -qF "\"source\": \"$root\"" "$1/meson-info/meson-info.json" &&
    grep -q ' /usr/bin/meson --internal regenerate ' "$1/build.ninja"
} 2>/dev/null

# configure NAME [MESON OPTION…]: makes the tree's folder NAME ready to build in.
configure () {
  local name=$1 folder=$root/$1 wipe=()
  shift

  rm -f "$folder.log" 2>/dev/null
  is_configured "$folder" && return
  [[ -e $folder/meson-private/cmd_line.txt ]] && wipe=(--wipe)
  say "Building in $folder …"
  logged "$name" debian meson setup "${wipe[@]}" "$@" "$folder" "$root"
}

# compile NAME [TARGET…]: builds the targets, or everything, in the folder NAME.
compile () {
  local name=$1
  shift

  logged "$name" debian ninja -C "$root/$name" "$@"
}
