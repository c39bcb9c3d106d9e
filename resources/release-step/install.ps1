# Prints the path of the release-step whose SHA-256 stands in SHA256SUMS beside this file: from the tool cache, from PATH, or
# downloaded. Bytes that differ from the table are never run. What install.sh is elsewhere, for the PowerShell that every Windows
# has: `bash` is not on each runner, is that of another system on some, and on some ends with 0 without having run.
#
#   install.ps1 [DownloadBaseUrl [BuildFromSource]]
#
# DownloadBaseUrl, or else the variable RELEASE_STEP_DOWNLOAD_BASE_URL, is a mirror: a folder with `v<version>/<name in the table>`.
# With BuildFromSource `true` the source that this file came with is built instead. What is downloaded is kept below
# %RUNNER_TOOL_CACHE%, else %LOCALAPPDATA%. Status 7: it could not be downloaded; 2: anything else.
param([string]$DownloadBaseUrl, [string]$BuildFromSource)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# Not from GITHUB_ACTION_REPOSITORY: it is empty inside a composite action, and a fork or a mirror of the action has no releases.
$releases = 'https://github.com/release-step/release-step/releases/download'

# Printable, on one line, and never a workflow command of somebody else's.
function Get-Plain($text) { $text -replace '[\x00-\x1f\x7f]', ' ' }

function Say($level, $text) {
    $text = Get-Plain $text
    if ($env:GITHUB_ACTIONS -eq 'true' -and $level -ne 'info') {
        [Console]::Error.WriteLine("::$level title=release-step::" + $text.Replace('%', '%25'))
    } else {
        [Console]::Error.WriteLine("release-step: $text")
    }
}

function Fail($status, $text) {
    $text = Get-Plain "nothing was released: $text"
    Say 'error' $text
    # The action's outputs, as the binary would have written them.
    if ($env:GITHUB_ACTIONS -eq 'true' -and $env:GITHUB_OUTPUT) {
        [IO.File]::AppendAllText($env:GITHUB_OUTPUT, "exit_status=$status`nreleased=no`nrelease_outcome=not_released`nerror_message=$text`n")
    }
    exit $status
}

function Test-There($name) { [bool](Get-Command $name -CommandType Application -ErrorAction SilentlyContinue) }

# Not by Get-FileHash: it is in a module that a job's PSModulePath can hide.
function Get-Sha256($path) {
    $stream = [IO.File]::OpenRead($path)
    try {
        $bytes = (New-Object Security.Cryptography.SHA256CryptoServiceProvider).ComputeHash($stream)
        return -join ($bytes | ForEach-Object { $_.ToString('x2') })
    } finally {
        $stream.Dispose()
    }
}

# Whether these are the wanted bytes. `$where` says where they are, `$otherwise` what becomes of them if not.
function Test-Wanted($path, $where, $otherwise) {
    if (-not [IO.File]::Exists($path)) { return $false }
    try { $sum = Get-Sha256 $path } catch {
        Say 'notice' "$path, which is $where, may not be read: it is $otherwise"
        return $false
    }
    if ($sum -eq $wanted) { return $true }
    Say 'notice' "$path, which is $where, is not the release-step $version that the table names: it is $otherwise"
    return $false
}

# Sets the target, by the names of Rust, and the architecture, by those of tool caches.
$machine = @($env:RUNNER_ARCH, $env:PROCESSOR_ARCHITEW6432, $env:PROCESSOR_ARCHITECTURE) | Where-Object { $_ } | Select-Object -First 1
switch -Regex ($machine) {
    '^(X64|AMD64)$' { $target = 'x86_64-pc-windows-msvc'; $arch = 'x64' }
    '^ARM64$' { $target = 'aarch64-pc-windows-msvc'; $arch = 'arm64' }
    default { $target = "$machine-pc-windows-msvc"; $arch = $machine }
}
$temporary = if ($env:RUNNER_TEMP) { $env:RUNNER_TEMP } else { [IO.Path]::GetTempPath() }

if ($BuildFromSource -eq 'true') {
    if (-not (Test-There 'cargo')) { Fail 2 '`build_from_source` needs `cargo`, which is not on PATH' }
    $root = Join-Path $temporary 'release-step-from-source'
    $source = Join-Path (Join-Path $PSScriptRoot '..') '..'
    & cargo install --quiet --locked --force --no-track --bin release-step --path $source --root $root --target-dir (Join-Path $root 'target') | Out-Host
    if ($LASTEXITCODE -ne 0) { Fail 2 "``cargo install`` failed with status $LASTEXITCODE" }
    $built = Join-Path (Join-Path $root 'bin') 'release-step.exe'
    if (-not [IO.File]::Exists($built)) { Fail 2 "``cargo install`` left no $built that can be run" }
    $built
    exit 0
}
if ($BuildFromSource -and $BuildFromSource -ne 'false') { Fail 2 '`build_from_source` must be `true` or `false`' }

# The table's line for the target.
$table = Join-Path $PSScriptRoot 'SHA256SUMS'
if (-not [IO.File]::Exists($table)) { Fail 2 "$table, the table of binaries, cannot be read: it belongs beside install.ps1" }
$name = ''
foreach ($line in [IO.File]::ReadAllLines($table)) {
    if ($line -match "^([0-9a-f]{64})  (release-step-(.+)-$([regex]::Escape($target))\.exe)`$") {
        $wanted = $Matches[1]; $name = $Matches[2]; $version = $Matches[3]
    }
}
if (-not $name) {
    Fail 2 "SHA256SUMS, the table of binaries, has none for ${target}: use a tagged version, which lists Linux, macOS and Windows on x64 and arm64, or build it from source"
}

$base = @($DownloadBaseUrl, $env:RELEASE_STEP_DOWNLOAD_BASE_URL, $releases) | Where-Object { $_ } | Select-Object -First 1
$place = "release-step\$version\$arch\release-step.exe"
# A path goes out as one line, and must mean the same in every folder.
$caches = @(@($env:RUNNER_TOOL_CACHE, $env:LOCALAPPDATA) | Where-Object { $_ -match '\A([A-Za-z]:|\\\\)[^\r\n]*\z' })
foreach ($cache in $caches) {
    $kept = [IO.Path]::Combine($cache, $place)
    if (Test-Wanted $kept 'in the tool cache' 'not run') { $kept; exit 0 }
}
$found = Get-Command release-step.exe -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
if ($found -and (Test-Wanted $found.Path 'on PATH' 'left alone, and not run')) { $found.Path; exit 0 }

if ($base -cmatch '[^A-Za-z0-9._~:/%+,=-]') {
    Fail 2 '`download_base_url`, or RELEASE_STEP_DOWNLOAD_BASE_URL, must be a plain URL without user name, query and white space, such as `https://mirror.example/release-step`'
}
if ($base -cnotmatch '^https?://.') {
    Fail 2 "``download_base_url``, or RELEASE_STEP_DOWNLOAD_BASE_URL, is ``$base``: it must begin with ``https://`` (or ``http://``)"
}
# They hold for redirects, too. What is downloaded is verified whatever it came through; a mirror inside may have no certificate.
$protocols = if ($base -clike 'https:*') { '=https' } else { '=http,https' }
$url = "$($base -replace '/$', '')/v$version/$name"
# Windows has it since 2018; it knows the proxy variables, as Invoke-WebRequest does not.
if (-not (Test-There 'curl.exe')) {
    Fail 2 "``curl.exe`` is not on PATH: install it, or put $name below %RUNNER_TOOL_CACHE% or %LOCALAPPDATA% as $place"
}

# Sets $kept, where the download is to be, and $new, a file beside it: in the first cache that can be written.
$new = ''
foreach ($cache in $caches + [IO.Path]::Combine($temporary, "release-step.$([Guid]::NewGuid())")) {
    $kept = [IO.Path]::Combine($cache, $place)
    $folder = [IO.Path]::GetDirectoryName($kept)
    try {
        $null = [IO.Directory]::CreateDirectory($folder)
        $new = [IO.Path]::Combine($folder, "new.$([Guid]::NewGuid())")
        [IO.File]::Create($new).Dispose()
        break
    } catch {
        $new = ''
    }
}
if (-not $new) { Fail 2 'there is no folder that a download can be written to' }

try {
    # Three times: a mirror may restart, and not every error is worth a red job.
    foreach ($attempt in 1, 2, 3) {
        # Lists of revoked certificates are not reached from everywhere, and the bytes are verified below.
        & curl.exe -q --fail --silent --show-error --location --proto $protocols --ssl-no-revoke --connect-timeout 10 --max-time 120 --max-filesize 33554432 --stderr "$new.log" --output $new $url | Out-Host
        $status = $LASTEXITCODE
        if ($status -eq 0) { break }
        $reason = if ([IO.File]::Exists("$new.log")) { [IO.File]::ReadAllLines("$new.log") | Where-Object { $_ } | Select-Object -Last 1 }
        if (-not $reason) { $reason = "status $status" }
        if ($status -eq 23) { Fail 2 "$url could not be written to $folder ($reason): is the disk full?" }
        if ("$reason" -like '*error: 404*') {
            Fail 7 "$url could not be downloaded ($reason): is there a release ${version}? A mirror must have this file, too"
        }
        if ($attempt -eq 3) {
            Fail 7 "$url could not be downloaded ($reason): can this runner reach it? Behind a proxy set ``https_proxy``; without internet give a mirror as ``download_base_url``, or put the file below %RUNNER_TOOL_CACHE% or %LOCALAPPDATA% as $place"
        }
        Start-Sleep -Seconds $attempt
    }
    $sum = Get-Sha256 $new
    if ($sum -ne $wanted) {
        Fail 2 "$url is not release-step ${version}: its SHA-256 is $sum, and the table has $wanted. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it"
    }
    # Another job may have been quicker, and a program that runs cannot be replaced: what is there then counts.
    try { Move-Item -LiteralPath $new -Destination $kept -Force } catch { Say 'info' "$_" }
} finally {
    Remove-Item -LiteralPath $new, "$new.log" -Force -ErrorAction SilentlyContinue
}
Say 'info' "$version for $target, downloaded from $url and verified"
if (Test-Wanted $kept 'in the tool cache' 'not run') { $kept; exit 0 }
Fail 2 "$kept cannot be used: mend or remove it"
