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
# A job may have exported functions of these names.
unset -f [ test true ulimit chmod command cargo curl dirname kill mkdir mktemp mv openssl printf read rm sed sha256sum shasum sleep tail timeout tr umask uname wait wget
# Letters are ASCII's, and so are messages.
export LC_ALL=C
umask 022

# Not from GITHUB_ACTION_REPOSITORY: it is empty inside a composite action, and a fork or a mirror of the action has no releases.
releases=https://github.com/release-step/release-step/releases/download

here=$(dirname -- "$0")
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
line_feed='
'

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
    say error "nothing was released: $2"
    # The action's outputs, as the binary would have written them. The line feed ends the line that the action's step began.
    if [ "${GITHUB_ACTIONS-}" = true ] && [ -n "${GITHUB_OUTPUT-}" ]; then
        printf '\nexit_status=%s\nreleased=no\nrelease_outcome=not_released\nerror_message=%s\n' "$1" "$text" >>"$GITHUB_OUTPUT" || :
    fi
    exit "$1"
}

is_there() { command -v "$1" >/dev/null 2>&1; }

choose_sha256() {
    for sha256 in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r'; do
        if is_there "${sha256%% *}"; then
            return
        fi
    done
    fail 2 "none of \`sha256sum\`, \`shasum\` and \`openssl\` is on PATH: install one, as without them no binary can be verified"
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
    [ -r "$here/SHA256SUMS" ] || fail 2 "$here/SHA256SUMS, the table of binaries, cannot be read: it belongs beside install.sh"
    name=''
    while read -r sum file || [ -n "$sum" ]; do
        case $file in
        release-step-*-"$target" | release-step-*-"$target".exe)
            name=$file wanted=$sum version=${file#release-step-}
            version=${version%%-"$target"*}
            ;;
        esac
    done <"$here/SHA256SUMS"
    [ -n "$name" ] || fail 2 "SHA256SUMS, the table of binaries, has none for $target: use a tagged version, which lists Linux, macOS and Windows on x64 and arm64, or build it from source"
}

# Also of a file that is not executable yet. Where a file system is mounted `noexec`, `chmod` alone would not tell.
can_be_run() { [ -x "$1" ] || { chmod +x "$1" 2>/dev/null && [ -x "$1" ]; }; }

# Prints the path and ends, if these are the wanted bytes. `$2` says where it is, `$3` what becomes of it otherwise.
use_if_wanted() {
    if [ ! -f "$1" ]; then
        return
    elif [ ! -r "$1" ]; then
        say notice "$1, which is $2, may not be read: it is $3"
    elif [ "$(sha256_of "$1")" != "$wanted" ]; then
        say notice "$1, which is $2, is not the release-step $version that the table names: it is $3"
    elif can_be_run "$1"; then
        printf '%s\n' "$1"
        exit
    else
        say notice "$1, which is $2, is the right release-step, but may not be executed: make it executable, and see that its file system is not mounted \`noexec\`"
    fi
}

look_on_path() {
    found=$(command -v "$program") || return 0
    case $found in
    *"$line_feed"*) ;;
    /*) use_if_wanted "$found" "on PATH" "left alone, and not run" ;;
    esac
}

# Sets `protocols`, which hold for redirects, too.
check_base_url() {
    case $base in
    *[!A-Za-z0-9._~:/%+,=-]*)
        fail 2 "\`download_base_url\`, or RELEASE_STEP_DOWNLOAD_BASE_URL, must be a plain URL without user name, query and white space, such as \`https://mirror.example/release-step\`"
        ;;
    https://?*) protocols='=https' ;;
    # What is downloaded is verified whatever it came through; a mirror inside may have no certificate.
    http://?*) protocols='=http,https' ;;
    *) fail 2 "\`download_base_url\`, or RELEASE_STEP_DOWNLOAD_BASE_URL, is \`$base\`: it must begin with \`https://\` (or \`http://\`)" ;;
    esac
    base=${base%/}
}

# wget knows the lower-case names only, and curl, too, for http.
lower_case_proxies() {
    https_proxy=${https_proxy:-${HTTPS_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}
    http_proxy=${http_proxy:-${HTTP_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}
    no_proxy=${no_proxy:-${NO_PROXY:-}}
    export https_proxy http_proxy no_proxy
}

# Becomes the program that writes the URL to the file: to be started with `&`, so that a signal need not wait for it.
fetch() {
    # Whatever answers there, the disk stays free: 32 MiB, or 64, as shells count.
    ulimit -f 65536 2>/dev/null || true
    if is_there curl; then
        exec curl -q --fail --silent --show-error --location --proto "$protocols" --connect-timeout 10 --max-time 120 --output "$2" "$1"
    fi
    # Its settings are none: so far the log is empty. Some of BusyBox's crash where they are given a limit of time.
    export WGETRC="$2.log"
    if is_there timeout; then
        exec timeout 120 wget -t 1 -O "$2" "$1"
    fi
    exec wget -t 1 -O "$2" "$1"
}

# Three times: a mirror may restart, and not every error is worth a red job.
try_to_fetch() {
    for attempt in 1 2 3; do
        fetch "$url" "$new" >"$new.log" 2>&1 &
        running=$! status=0
        wait "$running" || status=$?
        running=''
        [ "$status" != 0 ] || return 0
        # wget says more before, and ends with an empty line.
        reason=$(sed '/./!d' "$new.log" | tail -n 1)
        reason=${reason:-status $status}
        # curl's word for it; wget has one status for all of its troubles with files.
        [ "$status" != 23 ] || fail 2 "$url could not be written to $folder ($reason): is the disk full?"
        case $reason in
        *'error: 404'* | *'ERROR 404'* | *'HTTP/1.'?' 404'*)
            fail 7 "$url could not be downloaded ($reason): is there a release $version? A mirror must have this file, too"
            ;;
        esac
        [ "$attempt" = 3 ] || sleep "$attempt"
    done
    # BusyBox's wget knows no proxy for https.
    proxy="set \`https_proxy\`"
    is_there curl || proxy="$proxy and install \`curl\`"
    fail 7 "$url could not be downloaded ($reason): can this runner reach it? Behind a proxy $proxy; without internet give a mirror as \`download_base_url\`, or put the file below \$RUNNER_TOOL_CACHE or ~/.cache as $place"
}

# Sets `kept`, where the download is to be, and `new`, a file beside it: in the first cache that can be written.
choose_folder() {
    own_folder=''
    for cache; do
        kept=$cache/$place folder=$cache/${place%/*}
        if [ ! -d "$kept" ] && mkdir -p "$folder" 2>/dev/null && new=$(mktemp "$folder/new.XXXXXX" 2>/dev/null); then
            ! can_be_run "$new" || return 0
            rm -f -- "$new"
        fi
    done
    folder=$(mktemp -d "$temporary/release-step.XXXXXX") || fail 2 "there is no folder that a download can be written to"
    own_folder=$folder kept=$folder/$program new=$folder/new
}

download() {
    running=''
    # Nothing is left behind, whatever ends this.
    trap '[ -z "$running" ] || kill "$running" 2>/dev/null || true; rm -f -- "$new" "$new.log"; [ -z "$own_folder" ] || rmdir "$own_folder" 2>/dev/null || true' EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    trap 'exit 129' HUP
    lower_case_proxies
    url=$base/v$version/$name
    try_to_fetch
    sum=$(sha256_of "$new")
    [ "$sum" = "$wanted" ] || fail 2 "$url is not release-step $version: its SHA-256 is $sum, and the table has $wanted. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it"
    chmod 755 "$new"
    # Another job may have been quicker, and on Windows a program that runs cannot be replaced: what is there then counts.
    mv -f -- "$new" "$kept" || true
    say info "$version for $target, downloaded from $url and verified"
    use_if_wanted "$kept" "in the tool cache" "not run"
    fail 2 "$kept cannot be used: mend or remove it"
}

build() {
    is_there cargo || fail 2 "\`build_from_source\` needs \`cargo\`, which is not on PATH"
    # Kept for the job's next step where the folder is the job's own; elsewhere others could have made it before.
    folder=${RUNNER_TEMP:+$RUNNER_TEMP/release-step-from-source}
    folder=${folder:-$(mktemp -d "$temporary/release-step.XXXXXX")}
    cargo install --quiet --locked --force --no-track --bin release-step --path "$here/../.." --root "$folder" --target-dir "$folder/target" >&2 ||
        fail 2 "\`cargo install\` failed with status $?"
    can_be_run "$folder/bin/$program" || fail 2 "\`cargo install\` left no $folder/bin/$program that can be run"
    printf '%s\n' "$folder/bin/$program"
}

recognise_platform
program=release-step
[ "$system" != pc-windows-msvc ] || program=release-step.exe

case ${2:-false} in
[Tt][Rr][Uu][Ee])
    build
    exit
    ;;
[Ff][Aa][Ll][Ss][Ee]) ;;
*) fail 2 "\`build_from_source\` must be \`true\` or \`false\`" ;;
esac

choose_sha256
read_table
base=${1:-${RELEASE_STEP_DOWNLOAD_BASE_URL:-$releases}}

place=release-step/$version/$arch/$program
# From here on the arguments are the tool caches. A path goes out as one line, and must mean the same in every folder.
set --
for cache in ${RUNNER_TOOL_CACHE:+"$RUNNER_TOOL_CACHE"} ${XDG_CACHE_HOME:+"$XDG_CACHE_HOME"} ${HOME:+"$HOME/.cache"}; do
    case $cache in
    *"$line_feed"*) ;;
    /* | [A-Za-z]:*) set -- "$@" "$cache" ;;
    esac
done

for cache; do
    use_if_wanted "$cache/$place" "in the tool cache" "not run"
done
look_on_path
check_base_url
is_there curl || is_there wget || fail 2 "neither \`curl\` nor \`wget\` is on PATH: install one, or put $name below \$RUNNER_TOOL_CACHE or ~/.cache as $place"
choose_folder "$@"
download
