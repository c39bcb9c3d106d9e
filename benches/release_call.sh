#!/usr/bin/env bash
# A whole release call over TLS on loopback, beside curl making the same, already signed call with one CA file.
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
answer='{"RequestId":"4DB0F536-B3BE-4F0D-BD29-E83FB56D550C","ArtifactId":"artifact-1","ArtifactVersion":"draft","Status":"Scanning"}'
cat >"$dir/nginx.conf" <<END
pid $dir/pid; error_log $dir/error.log; worker_processes 1;
events {}
http {
    access_log off;
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
rival=("${scrubbed[@]}" curl -sS -X POST --cacert "$dir/ca.pem" -H "x-acs-action: ReleaseArtifact"
    -H "x-acs-version: 2021-05-21" -H "x-acs-date: 2026-01-02T03:04:05Z" -H "x-acs-signature-nonce: 0"
    -H "x-acs-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    -H "authorization: ACS3-HMAC-SHA256 Credential=bench,SignedHeaders=host,Signature=0"
    "$url/?ArtifactId=artifact-1&ClientToken=0")

"${step[@]}" >/dev/null 2>&1 || { "${step[@]}"; exit 1; }
"${rival[@]}" | grep -q artifact-1
hyperfine --shell=none --warmup 20 --runs "${RUNS:-300}" --output null \
    --command-name release-step "${step[*]}" --command-name curl "${rival[*]@Q}"
for name in step rival; do
    declare -n command=$name
    peak=$(/usr/bin/time --format %M "${command[@]}" 2>&1 >/dev/null | tail -n 1)
    echo "$name: peak resident memory $peak KiB"
done
