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
function Say($level, $text) {
    $text = $text -replace '[\x00-\x1f\x7f]', ' '
    if ($env:GITHUB_ACTIONS -eq 'true' -and $level -ne 'info') {
        [Console]::Error.WriteLine("::$level title=release-step::" + $text.Replace('%', '%25'))
    } else {
        [Console]::Error.WriteLine("release-step: $text")
    }
}

function Fail($status, $text) {
    Say 'error' "$text; nothing was released"
    exit $status
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
    if (-not (Get-Command cargo -ErrorAction SilentlyContinue)) {
        Fail 2 '`build_from_source` needs `cargo`, which is not on PATH'
    }
    $root = Join-Path $temporary 'release-step-from-source'
    $source = Join-Path (Join-Path $PSScriptRoot '..') '..'
    & cargo install --quiet --locked --force --no-track --bin release-step --path $source --root $root --target-dir (Join-Path $root 'target') | Out-Host
    if ($LASTEXITCODE -ne 0) { Fail 2 "``cargo install`` failed with status $LASTEXITCODE" }
    Join-Path (Join-Path $root 'bin') 'release-step.exe'
    exit 0
}
if ($BuildFromSource -and $BuildFromSource -ne 'false') {
    Fail 2 '`build_from_source` must be `true` or `false`'
}

# The table's line for the target.
$line = Get-Content -LiteralPath (Join-Path $PSScriptRoot 'SHA256SUMS') |
    Where-Object { $_ -match "^([0-9a-f]{64})  (release-step-(.+)-$([regex]::Escape($target))\.exe)`$" } | Select-Object -First 1
if (-not $line) {
    Fail 2 "SHA256SUMS, the table of binaries, has none for ${target}: use a tagged version, which lists one for Linux, macOS and Windows on x64 and arm64, or ``build_from_source: true``"
}
$null = $line -match '^([0-9a-f]{64})  (release-step-(.+)-(x86_64|aarch64)-pc-windows-msvc\.exe)$'
$wanted = $Matches[1]; $name = $Matches[2]; $version = $Matches[3]

function Get-Sha256($path) { (Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash.ToLowerInvariant() }

$cache = @($env:RUNNER_TOOL_CACHE, $env:LOCALAPPDATA, $temporary) | Where-Object { $_ } | Select-Object -First 1
$folder = Join-Path (Join-Path (Join-Path $cache 'release-step') $version) $arch
$kept = Join-Path $folder 'release-step.exe'
if (Test-Path -LiteralPath $kept -PathType Leaf) {
    if ((Get-Sha256 $kept) -eq $wanted) { $kept; exit 0 }
    Say 'notice' "$kept is not the release-step $version that the table names: it is not run, and is replaced"
}

$found = Get-Command release-step.exe -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
if ($found) {
    if ((Get-Sha256 $found.Path) -eq $wanted) { $found.Path; exit 0 }
    Say 'notice' "$($found.Path), which is on PATH, is not the release-step $version that the table names: it is left alone, and not run"
}

$base = @($DownloadBaseUrl, $env:RELEASE_STEP_DOWNLOAD_BASE_URL, $releases) | Where-Object { $_ } | Select-Object -First 1
$base = $base.TrimEnd('/')
if ($base -notmatch '\Ahttps?://[A-Za-z0-9._~:/%+,=-]+\z') {
    Fail 2 '`download_base_url` must be a plain URL that begins with `https://` (or `http://`), without user name, query and white space, such as `https://mirror.example/release-step`'
}
# What is downloaded is verified whatever it came through; a mirror inside may have no certificate.
$protocols = if ($base -like 'https:*') { '=https' } else { '=http,https' }
$url = "$base/v$version/$name"
$null = New-Item -ItemType Directory -Force -Path $folder
$new = Join-Path $folder "new.$([Guid]::NewGuid())"
try {
    # Windows has curl since 2018; it knows the proxy variables, as Invoke-WebRequest does not.
    & curl.exe -q --fail --silent --show-error --location --proto $protocols --tlsv1.2 --connect-timeout 10 --max-time 300 --retry 3 --max-filesize 33554432 --output $new $url | Out-Host
    if ($LASTEXITCODE -ne 0) {
        Fail 7 "$url could not be downloaded (status $LASTEXITCODE): is it reachable from this runner? A mirror can be given as ``download_base_url``"
    }
    $sum = Get-Sha256 $new
    if ($sum -ne $wanted) {
        Fail 2 "$url is not release-step ${version}: its SHA-256 is $sum, and the table has $wanted. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it"
    }
    Move-Item -LiteralPath $new -Destination $kept -Force
} finally {
    Remove-Item -LiteralPath $new -Force -ErrorAction SilentlyContinue
}
Set-Content -LiteralPath "$folder.complete" -Value '' -ErrorAction SilentlyContinue
Say 'info' "$version for $target, downloaded from $url and verified"
$kept
