#!/bin/sh
# Prints the path of the release-step whose SHA-256 stands in SHA256SUMS beside this file: from the tool cache, from PATH, or
# downloaded. Bytes that differ from the table are never run. For any POSIX shell.
#
#   install.sh [DOWNLOAD_BASE_URL [BUILD_FROM_SOURCE]]
#
# DOWNLOAD_BASE_URL, or else the variable RELEASE_STEP_DOWNLOAD_BASE_URL, is a mirror: a folder with `v<version>/<name in the table>`.
# With BUILD_FROM_SOURCE `true` the source that this file came with is built instead. What is downloaded is kept below
# $RUNNER_TOOL_CACHE, else $XDG_CACHE_HOME or ~/.cache. Status 7: it could not be downloaded; 2: anything else.
set -eu
unset IFS
# A job may have exported functions of these names.
unset -f command uname sha256sum shasum openssl curl wget mktemp mkdir chmod mv rm tr sed cargo dirname
umask 022

# Not from GITHUB_ACTION_REPOSITORY: it is empty inside a composite action, and a fork or a mirror of the action has no releases.
releases=https://github.com/release-step/release-step/releases/download

here=$(dirname -- "$0")

# Printable, on one line, and never a workflow command of somebody else's.
say() {
    level=$1 text=$(printf '%s' "$2" | tr '\001-\037\177' ' ')
    if [ "${GITHUB_ACTIONS-}" = true ] && [ "$level" != info ]; then
        printf '::%s title=release-step::%s\n' "$level" "$(printf '%s' "$text" | sed 's/%/%25/g')" >&2
    else
        printf 'release-step: %s\n' "$text" >&2
    fi
}

fail() {
    say error "$2; nothing was released"
    exit "$1"
}

choose_sha256() {
    for sha256 in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r'; do
        if command -v "${sha256%% *}" >/dev/null 2>&1; then
            return
        fi
    done
    fail 2 "none of \`sha256sum\`, \`shasum\` and \`openssl\` is on PATH: without them no binary can be verified"
}

sha256_of() {
    # Two of the three are a command with its options.
    # shellcheck disable=SC2086
    sum=$($sha256 <"$1") || return
    printf '%s' "${sum%% *}"
}

# Sets `target`, by the names of Rust, and `arch`, by those of tool caches.
recognise_platform() {
    machine=$(uname -m)
    case $(uname -s) in
    Linux) system=unknown-linux-musl ;;
    Darwin) system=apple-darwin ;;
    MINGW* | MSYS* | CYGWIN*)
        system=pc-windows-msvc
        # Git's shell on Windows for arm64 is itself an emulated x64 program.
        machine=${RUNNER_ARCH:-${PROCESSOR_ARCHITEW6432:-${PROCESSOR_ARCHITECTURE:-$machine}}}
        ;;
    *) system=$(uname -s) ;;
    esac
    case $machine in
    x86_64 | amd64 | AMD64 | X64) target=x86_64-$system arch=x64 ;;
    aarch64 | arm64 | ARM64) target=aarch64-$system arch=arm64 ;;
    *) target=$machine-$system arch=$machine ;;
    esac
}

# Sets `name`, `version` and `wanted` from the table's line for the target.
read_table() {
    name='' version='' wanted=''
    while read -r sum file; do
        case $file in
        release-step-*-"$target" | release-step-*-"$target".exe)
            name=$file wanted=$sum version=${file#release-step-}
            version=${version%%-"$target"*}
            ;;
        esac
    done <"$here/SHA256SUMS"
    [ -n "$name" ] || fail 2 "SHA256SUMS, the table of binaries, has none for $target: use a tagged version, which lists one for Linux, macOS and Windows on x64 and arm64, or \`build_from_source: true\`"
}

is_wanted() {
    [ -f "$1" ] && [ "$(sha256_of "$1")" = "$wanted" ] || return 1
    [ -x "$1" ] || chmod +x "$1" 2>/dev/null
}

# Prints the path and ends, if these are the wanted bytes; `$2` says what they are otherwise.
use_if_wanted() {
    if is_wanted "$1"; then
        printf '%s\n' "$1"
        exit
    fi
    [ ! -e "$1" ] || say notice "$1, $2, is not the release-step $version that the table names: it is left alone, and not run"
}

for_each_cache() {
    for cache in ${RUNNER_TOOL_CACHE:+"$RUNNER_TOOL_CACHE"} ${XDG_CACHE_HOME:+"$XDG_CACHE_HOME"} ${HOME:+"$HOME/.cache"}; do
        "$1" "$cache/release-step/$version/$arch"
    done
}

look_into() { use_if_wanted "$1/$program" "which is in the tool cache"; }

# Sets `folder`, where a download is kept: the first that can be written.
keep_in() {
    if [ -z "$folder" ] && mkdir -p "$1" 2>/dev/null && [ -w "$1" ]; then
        folder=$1
    fi
}

check_base_url() {
    case $base in
    *[!A-Za-z0-9._~:/%+@,=-]* | *@*)
        fail 2 "\`download_base_url\` must be a plain URL without user name, query and white space, such as \`https://mirror.example/release-step\`"
        ;;
    https://?*) protocols='=https' ;;
    # What is downloaded is verified whatever it came through; a mirror inside may have no certificate.
    http://?*) protocols='=http,https' ;;
    *) fail 2 "\`download_base_url\` is \`$base\`: it must begin with \`https://\` (or \`http://\`)" ;;
    esac
}

# wget knows the lower-case names only, and curl, too, for http.
lower_case_proxies() {
    https_proxy=${https_proxy:-${HTTPS_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}
    http_proxy=${http_proxy:-${HTTP_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}
    no_proxy=${no_proxy:-${NO_PROXY:-}}
    export https_proxy http_proxy no_proxy
}

fetch() {
    lower_case_proxies
    if command -v curl >/dev/null 2>&1; then
        curl -q --fail --silent --show-error --location --proto "$protocols" --tlsv1.2 --connect-timeout 10 --max-time 300 \
            --retry 3 --max-filesize 33554432 --output "$2" "$1" >&2
    elif command -v wget >/dev/null 2>&1; then
        wget -q -T 30 -O "$2" "$1" >&2
    else
        fail 2 "neither \`curl\` nor \`wget\` is on PATH: install one, or put $name into the tool cache as $folder/$program"
    fi
}

download() {
    base=${1:-${RELEASE_STEP_DOWNLOAD_BASE_URL:-$releases}}
    base=${base%/}
    check_base_url
    url=$base/v$version/$name
    folder=''
    for_each_cache keep_in
    folder=${folder:-$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/release-step.XXXXXX")}
    new=$(mktemp "$folder/new.XXXXXX")
    trap 'rm -f -- "$new"' EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    fetch "$url" "$new" || fail 7 "$url could not be downloaded (status $?): is it reachable from this runner? A mirror can be given as \`download_base_url\`"
    found=$(sha256_of "$new")
    if [ "$found" != "$wanted" ]; then
        rm -f -- "$new"
        fail 2 "$url is not release-step $version: its SHA-256 is $found, and the table has $wanted. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it"
    fi
    chmod 755 "$new"
    mv -f -- "$new" "$folder/$program"
    : >"$folder.complete" || true
    say info "$version for $target, downloaded from $url and verified"
}

build() {
    command -v cargo >/dev/null 2>&1 || fail 2 "\`build_from_source\` needs \`cargo\`, which is not on PATH"
    folder=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/release-step-from-source
    cargo install --quiet --locked --force --no-track --bin release-step --path "$here/../.." --root "$folder" --target-dir "$folder/target" >&2 ||
        fail 2 "\`cargo install\` failed with status $?"
    printf '%s\n' "$folder/bin/$program"
}

recognise_platform
program=release-step
[ "$system" != pc-windows-msvc ] || program=release-step.exe

case ${2:-false} in
true)
    build
    exit
    ;;
false) ;;
*) fail 2 "\`build_from_source\` must be \`true\` or \`false\`" ;;
esac

choose_sha256
read_table
for_each_cache look_into
on_path=$(command -v "$program" || true)
[ -z "$on_path" ] || use_if_wanted "$on_path" "which is on PATH"
download "${1-}"
printf '%s\n' "$folder/$program"
