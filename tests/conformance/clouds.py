"""A server on 127.0.0.1 that stands for both clouds and keeps every request as it came."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable
from urllib.parse import urlsplit

from cases import ALIBABA, Case
from wire import Received


def status_answer(case: Case, got: Received) -> bytes | None:
    """Answers to the questions that may be asked: nothing is released before the call, and a revision is live everywhere after it."""
    path, action = urlsplit(got.target).path, got.headers.get("x-acs-action")
    package = {"deploy_status": 1, "delete_flag": 0, "workspace_id": case.headers.get("workspace")}
    live = {env: {"CodeRev": case.parameters["SelectCodeRevision"]} for env in case.parameters.get("Envs", ())} if case.is_called else {}
    answers = {
        "GetArtifact": {"RequestId": "r", "ArtifactId": case.parameters.get("ArtifactId"), "ArtifactVersion": "draft", "Status": "Created", "MaxVersion": case.max_version},
        "DescribeRoutine": {"RequestId": "r", "Content": {"Envs": [], "EnvConf": live, "CodeRevs": [{"CodeRevision": case.parameters.get("SelectCodeRevision")}]}},
    }
    if action in answers:
        return json.dumps(answers[action]).encode()
    if case.operation == "publish_extension_draft" and path.endswith("/agent-plugin/detail"):
        return json.dumps(case.parameters | {"version_attribution": "draft"}).encode()
    if path.endswith("/factory/release-packages"):
        packages = [package | {"package_id": one} for one in case.parameters.get("package_ids", ())]
        return json.dumps({"total": len(packages), "data": packages}).encode()
    if got.method == "GET" and "/factory/release-packages/" in path:
        return json.dumps({"release_package": package | {"package_id": path.rsplit("/", 1)[1]}, "task_details": []}).encode()
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        got = Received(self.command, self.path, {}, self.read_body(), protocol=self.request_version)
        for name, value in self.headers.items():
            if name.lower() in got.headers:
                got.problems.append(f"header {name} twice")
            got.headers[name.lower()] = value
        try:
            status, body = self.server.answer(self.server.case, got)
        except Exception as error:  # whatever arrives that cannot be read is a finding, with its request
            got.problems.append(f"cannot be read: {error!r}")
            status, body = 400, b"{}"
        self.server.received.append(got)
        self.server.case.is_called |= got.release
        self.reply(self.server.case, status, body)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def read_body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def reply(self, case: Case, status: int, body: bytes) -> None:
        rng = case.rng
        alibaba = case.operation in ALIBABA
        lines = [
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Refused'}",
            f"Date: {self.date_time_string()}",
            rng.choice(("Content-Type", "content-type")) + ": " + rng.choice(("application/json", "application/json;charset=utf-8", "application/json; charset=UTF-8")),
            f"{rng.choice(('x-acs-request-id', 'X-Acs-Request-Id') if alibaba else ('X-Request-Id', 'x-request-id'))}: {case.request_id}",
        ]
        way = rng.choice(("length", "length", "chunks", "close"))
        if way == "length":
            lines.append(f"Content-Length: {len(body)}")
        elif way == "close":
            lines.append("Connection: close")
            self.close_connection = True
        else:
            lines.append("Transfer-Encoding: chunked")
            at = rng.randint(1, len(body))
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:at], body[at:]) if part) + b"0\r\n\r\n"
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def log_message(self, *_: object) -> None:
        pass


class Clouds(ThreadingHTTPServer):
    """One worker's server: it holds the case that is under way. `answer` judges a request and gives status and body of its answer."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Case, Received], tuple[int, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def begin(self, case: Case) -> None:
        self.case, self.received = case, []
