"""Answers GET requests from files, as GitHub or GitLab would: prints its port, ends with its standard input.

The first argument is a folder. A request for /world/some/path?query is answered by the entry '/some/path?query' of
'world.json' there, else by '/some/path', else with 404. An entry has 'status', 'headers', and 'json', 'text' or 'size'
(so many blanks). '{base}' in headers becomes the address of the world. Requests are appended to 'world.log'.
"""
import http.server, json, os, sys, threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        _, world, rest = self.path.split("/", 2)
        folder = sys.argv[1]
        with open(f"{folder}/{world}.log", "a") as log:
            log.write(json.dumps({"path": "/" + rest, "headers": {k.lower(): v for k, v in self.headers.items()}}) + "\n")
        try:
            with open(f"{folder}/{world}.json") as file:
                entries = json.load(file)
        except FileNotFoundError:
            entries = {}
        path = "/" + rest
        entry = entries.get(path) or entries.get(path.split("?")[0]) or {"status": 404, "json": {"message": "Not Found"}}
        if "size" in entry:
            body = b" " * entry["size"]
        elif "text" in entry:
            body = entry["text"].encode()
        else:
            body = json.dumps(entry.get("json")).encode()
        self.send_response(entry.get("status", 200))
        base = f"http://127.0.0.1:{self.server.server_port}/{world}"
        for name, value in entry.get("headers", {}).items():
            self.send_header(name, value.replace("{base}", base))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
