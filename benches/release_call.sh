#!/usr/bin/env bash
# A whole release without `wait` over TLS on loopback: one question for the status, then the call on a connection of its
# own. Beside it curl makes the same two requests, signed already, in one process with one CA file: each on a connection
# of its own too, and both on one, which is less than release-step does.
# Needs nginx, openssl, curl, hyperfine and GNU time, and a release build. Compare the ratio, not the milliseconds.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-target/release/release-step}
dir=$(mktemp -d)
trap 'kill "$(cat "$dir/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$dir"' EXIT

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
key "$dir/ca.key"
openssl req -x509 -new -key "$dir/ca.key" -subj /CN=bench -days 2 -out "$dir/ca.pem" 2>/dev/null
key "$dir/key.pem"
openssl req -new -key "$dir/key.pem" -subj /CN=localhost 2>/dev/null |
    openssl x509 -req -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
        -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1) -out "$dir/cert.pem" 2>/dev/null

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
answer='{"RequestId":"4DB0F536-B3BE-4F0D-BD29-E83FB56D550C","ArtifactId":"artifact-1","ArtifactVersion":"draft","Status":"Created","MaxVersion":23}'
cat >"$dir/nginx.conf" <<END
pid $dir/pid; error_log $dir/error.log; worker_processes 1;
events {}
http {
    log_format requests '\$connection';
    access_log $dir/requests requests;
    server {
        listen 127.0.0.1:$port ssl; ssl_protocols TLSv1.3;
        ssl_certificate $dir/cert.pem; ssl_certificate_key $dir/key.pem;
        location / { default_type application/json; return 200 '$answer'; }
    }
}
END
nginx -c "$dir/nginx.conf"

url=https://localhost:$port
scrubbed=(env -i "PATH=$PATH" "HOME=$dir")
step=("${scrubbed[@]}" INPUT_OPERATION=release_artifact INPUT_ARTIFACT_ID=artifact-1 "INPUT_ENDPOINT=$url"
    "INPUT_CA_FILE=$dir/ca.pem" ALIBABA_CLOUD_ACCESS_KEY_ID=LTAI-bench-not-real
    ALIBABA_CLOUD_ACCESS_KEY_SECRET=bench-not-real "$(realpath "$binary")")
signed=(-H "x-acs-version: 2021-05-21" -H "x-acs-date: 2026-01-02T03:04:05Z" -H "x-acs-signature-nonce: 0"
    -H "x-acs-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    -H "authorization: ACS3-HMAC-SHA256 Credential=bench,SignedHeaders=host,Signature=0")
question=(-sS -X POST --cacert "$dir/ca.pem" -H "x-acs-action: GetArtifact" "${signed[@]}"
    "$url/?ArtifactId=artifact-1&ArtifactVersion=draft")
call=(-sS -X POST --cacert "$dir/ca.pem" -H "x-acs-action: ReleaseArtifact" "${signed[@]}"
    "$url/?ArtifactId=artifact-1&ClientToken=0")
alone=("${scrubbed[@]}" curl "${question[@]}" -H "connection: close" --next "${call[@]}")
rival=("${scrubbed[@]}" curl "${question[@]}" --next "${call[@]}")

# What each does: requests and connections.
did() {
    : >"$dir/requests"
    "$@" >"$dir/said" 2>&1 || { cat "$dir/said"; exit 1; }
    grep -q artifact-1 "$dir/said"
    sleep 0.1 # the log is written after the answer
    echo "$(wc -l <"$dir/requests") $(sort -u "$dir/requests" | wc -l)"
}
for wanted in "step 2 2" "alone 2 2" "rival 2 1"; do
    declare -n command=${wanted%% *}
    done=$(did "${command[@]}")
    [ "$done" = "${wanted#* }" ] || { echo "$wanted requests and connections were expected, there were $done"; exit 1; }
done
hyperfine --shell=none --warmup 20 --runs "${RUNS:-300}" --output null \
    --command-name release-step "${step[*]}" --command-name "curl, two connections" "${alone[*]@Q}" \
    --command-name "curl, one connection" "${rival[*]@Q}"
for name in step alone rival; do
    declare -n command=$name
    peak=$(/usr/bin/time --format %M "${command[@]}" 2>&1 >/dev/null | tail -n 1)
    echo "$name: peak resident memory $peak KiB"
done
