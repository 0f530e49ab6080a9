"""Receives webhooks and checks their signatures with Python's own hmac: SECRET (whsec_…). /flaky?N answers 503 N times
first, /gone 410, /redirect 302. GET /seen gives what came. Prints its port; ends when its standard input does."""
import base64, hashlib, hmac, json, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

key = base64.b64decode(sys.argv[1].removeprefix("whsec_"))
seen = []


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, json.dumps(seen).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        message = b".".join([self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), body])
        expected = "v1," + base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        seen.append(
            {"path": self.path, "id": self.headers["webhook-id"], "timestamp": int(self.headers["webhook-timestamp"]),
             "signed": hmac.compare_digest(expected, self.headers["webhook-signature"]), "body": json.loads(body)})
        path, _, count = self.path.partition("?")
        if path == "/flaky" and sum(each["path"] == self.path for each in seen) <= int(count):
            self.answer(503, headers=[("Retry-After", "7")])
        elif path == "/gone":
            self.answer(410, b"the answer holds a secret")
        elif path == "/redirect":
            self.answer(302, headers=[("Location", "/elsewhere")])
        else:
            self.answer(204)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
