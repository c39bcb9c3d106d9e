#!/bin/sh
# Copies the binaries that SHA256SUMS beside this file names into FOLDER, as a mirror: FOLDER/v<version>/<name>. What is there already
# and is right is not downloaded again; what is wrong is deleted. For any POSIX shell, and for systems other than this one.
#
#   mirror.sh FOLDER [TARGET [TOOL_CACHE]]
#
# TARGET, such as x86_64-unknown-linux-musl, is the only one to copy. With TOOL_CACHE its binary is also put to where install.sh looks
# first, for runners without any network. The variable RELEASE_STEP_DOWNLOAD_BASE_URL names another place than GitHub to copy from.
# Status 7: something could not be downloaded.
set -eu
umask 022

fail() {
    printf 'mirror: %s\n' "$2" >&2
    exit "$1"
}

# The first of the three that is there.
sum_of() { { sha256sum <"$1" || shasum -a 256 <"$1" || openssl dgst -sha256 -r <"$1"; } 2>/dev/null | cut -c 1-64; }

is_right() { [ -f "$1" ] && [ "$(sum_of "$1")" = "$wanted" ]; }

get() {
    # wget knows proxies by their lower-case names only.
    export https_proxy="${https_proxy:-${HTTPS_PROXY-}}" http_proxy="${http_proxy:-${HTTP_PROXY-}}" no_proxy="${no_proxy:-${NO_PROXY-}}"
    if command -v curl >/dev/null 2>&1; then
        curl -q -fsSL --proto "=${base%%:*},https" --connect-timeout 10 --max-time 600 --retry 3 -o "$2" "$1"
    elif command -v wget >/dev/null 2>&1; then
        wget -q -T 30 -O "$2" "$1"
    else
        fail 2 "neither \`curl\` nor \`wget\` is on PATH"
    fi
}

# Whatever becomes of it, nothing unverified has the name of a binary.
copy() {
    mkdir -p -- "$folder/v$version"
    to=$folder/v$version/$name
    if is_right "$to"; then
        printf '%s is there\n' "$to"
        return
    fi
    rm -f -- "$to"
    new=$(mktemp "$folder/v$version/.new.XXXXXX")
    get "$base/v$version/$name" "$new" || fail 7 "$base/v$version/$name could not be downloaded (status $?)"
    is_right "$new" || fail 2 "$base/v$version/$name has the SHA-256 $(sum_of "$new"), and the table has $wanted: it was deleted"
    chmod 755 "$new"
    mv -f -- "$new" "$to"
    printf '%s, verified\n' "$to"
}

# `x64` and `arm64` are the words of tool caches.
keep() {
    case $name in *-x86_64-*) cache=$1/release-step/$version/x64 ;; *) cache=$1/release-step/$version/arm64 ;; esac
    case $name in *.exe) program=release-step.exe ;; *) program=release-step ;; esac
    mkdir -p -- "$cache"
    cp -- "$to" "$cache/$program.new"
    mv -f -- "$cache/$program.new" "$cache/$program"
    printf '%s\n' "$cache/$program"
}

case $# in 1 | 2 | 3) ;; *) fail 2 'mirror.sh FOLDER [TARGET [TOOL_CACHE]]' ;; esac
folder=$1 target=${2-}
# Linux and macOS have the same place in it.
[ "$#" != 3 ] || [ -n "$target" ] || fail 2 "a tool cache is for one system: name its TARGET, too"
table=$(dirname -- "$0")/SHA256SUMS
base=${RELEASE_STEP_DOWNLOAD_BASE_URL:-https://github.com/release-step/release-step/releases/download}
base=${base%/}
case $base in https://?* | http://?*) ;; *) fail 2 "\`RELEASE_STEP_DOWNLOAD_BASE_URL\` must begin with \`https://\` (or \`http://\`)" ;; esac
[ -n "$(sum_of "$0")" ] || fail 2 "none of \`sha256sum\`, \`shasum\` and \`openssl\` is on PATH: nothing can be verified"

new=''
trap '[ -z "$new" ] || rm -f -- "$new"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

copied=0
while read -r wanted name || [ -n "$wanted" ]; do
    case $name in *-"$target" | *-"$target".exe) ;; *) [ -z "$target" ] || continue ;; esac
    version=${name#release-step-}
    version=${version%-x86_64-*}
    version=${version%-aarch64-*}
    copy
    [ "$#" != 3 ] || keep "$3"
    copied=$((copied + 1))
done <"$table"
[ "$copied" != 0 ] || fail 2 "SHA256SUMS has no binary${target:+ for $target}: use a tagged version"
