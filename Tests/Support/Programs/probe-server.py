"""An HTTP server on loopback that answers as its address says.

GET /say/<percent-encoded JSON>: {"status", "headers": [[name, value]], "body", "delay", "cut", "reset", "bypass"}.
`delay` is in seconds, `cut` announces more bytes than it sends, `reset` closes at once, `bypass` is the secret without
which it answers like Vercel's deployment protection. GET /seen: the number of connections. It prints its port and
ends with its standard input.
"""
import json, socket, struct, sys, threading, time, urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

connections = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        global connections
        connections += 1
        super().setup()

    def log_message(self, *_):
        pass

    def answer(self):
        path = urllib.parse.urlsplit(self.path).path
        say = {"body": json.dumps({"connections": connections})}
        if path.startswith("/say/"):
            say = json.loads(urllib.parse.unquote(path[len("/say/"):]))
        if say.get("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        time.sleep(say.get("delay", 0))
        if "bypass" in say and self.headers.get("x-vercel-protection-bypass") != say["bypass"]:
            say = {"status": 401, "headers": [["Set-Cookie", "_vercel_sso_nonce=abc; Path=/"], ["Server", "Vercel"]],
                   "body": "<title>Authentication Required</title>"}
        body = say.get("body", "").encode()
        self.send_response_only(say.get("status", 200))
        for name, value in say.get("headers", []):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (10 if say.get("cut") else 0)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if say.get("cut"):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = answer


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
