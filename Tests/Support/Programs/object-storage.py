"""S3-compatible object storage on this machine: moto with authentication switched on, behind a proxy that is stricter than
it, and that fails as told. Prints its port, ends with its standard input.

The first argument is a folder, the others a certificate's chain and key. 'keys.json' appears in the folder: an access key
that may do everything, one that may do nothing, lent ones, and the port that speaks TLS. A bucket is there once the folder has
'BUCKET.json' with {"lock": whether it locks objects, "rules": [...]}. What is asked of it is appended to 'BUCKET.log'.

A rule is for requests whose 'method' is that one, whose path and query hold 'match', and that carry the header 'header';
each may be left out. It passes over the first 'skip' of them and then holds for 'times' of them (else for all). It does:
  status, code, headers, body   answers so, with an error document of that code when there is no body
  late                          does so after the request was carried out
  drop                          closes the connection instead of answering
  cut                           closes it after so many bytes of the answer's body
  flip                          changes the middle byte of the request's body ('request') or of the answer's ('answer')
  strip                         takes these headers out of the request
  answer                        puts these headers into the answer, or takes those out whose value is null
  hang                          never answers
"""
import base64, hashlib, http.client, http.server, json, logging, os, ssl, sys, threading, time, urllib.parse
from email.utils import formatdate

folder = sys.argv[1]
logging.getLogger("werkzeug").setLevel(logging.CRITICAL)

import boto3  # noqa: E402
import flask  # noqa: E402
from moto.iam import access_control  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

# moto unquotes the address before it looks at the signature, which is about the address as it was sent.
begin = access_control.S3IAMRequest.__init__
access_control.S3IAMRequest.__init__ = lambda self, **given: begin(
    self, **{**given, "path": flask.request.environ["RAW_URI"]})

moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
moto.start()
inner = moto.get_host_and_port()
url = f"http://{inner[0]}:{inner[1]}"


def client(service, key="none", secret="none", token=None):
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token)


everything = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})


def setup():
    iam = client("iam")
    keys = {}
    for user in ("everything", "nothing"):
        iam.create_user(UserName=user)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        keys[user] = {"access": made["AccessKeyId"], "secret": made["SecretAccessKey"]}
    iam.put_user_policy(UserName="everything", PolicyName="all", PolicyDocument=everything)
    role = iam.create_role(RoleName="lent", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="lent", PolicyName="all", PolicyDocument=everything)
    lent = client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    keys["lent"] = {"access": lent["AccessKeyId"], "secret": lent["SecretAccessKey"], "token": lent["SessionToken"]}
    connection = http.client.HTTPConnection(*inner)
    connection.request("POST", "/moto-api/reset-auth", body=b"0")
    assert connection.getresponse().status == 200
    return keys


keys = setup()
s3 = client("s3", keys["everything"]["access"], keys["everything"]["secret"])
lock = threading.Lock()
made, used, locks = set(), {}, {}


def settings(bucket):
    """The bucket's file, and the bucket itself made when it is first spoken of."""
    try:
        with open(f"{folder}/{bucket}.json") as file:
            asked = json.load(file)
    except FileNotFoundError:
        return {"rules": []}
    with lock:
        if bucket not in made:
            s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=asked.get("lock", False))
            made.add(bucket)
    return asked


def error(code):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>as told</Message></Error>'.encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def answer_all(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        host = self.headers["Host"].split(":")[0]
        bucket = host[: -len(".localhost")] if host.endswith(".localhost") else self.path.split("/")[1].split("?")[0]
        asked = settings(bucket)
        rule = self.rule(bucket, asked["rules"]) or {}
        self.bucket, self.size = bucket, len(body)
        if rule.get("hang"):
            self.log("hang")
            time.sleep(600)
        if rule.get("flip") == "request" and body:
            body = body[: len(body) // 2] + bytes([body[len(body) // 2] ^ 1]) + body[len(body) // 2 + 1:]
        told = "status" in rule or rule.get("drop")
        if told and not rule.get("late"):
            return self.tell(rule)
        refused = self.refusal(body)
        if refused:
            return self.respond(400, {}, error(refused))
        status, headers, answer = self.forward(body, rule)
        self.keep_lock(bucket, status, answer)
        if told:
            return self.tell(rule)
        if rule.get("flip") == "answer" and answer:
            answer = answer[: len(answer) // 2] + bytes([answer[len(answer) // 2] ^ 1]) + answer[len(answer) // 2 + 1:]
        for name, value in rule.get("answer", {}).items():
            headers = {k: v for k, v in headers.items() if k.lower() != name}
            if value is not None:
                headers[name] = value
        self.respond(status, headers, answer, rule.get("cut"))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer_all

    def rule(self, bucket, rules):
        with lock:
            for index, rule in enumerate(rules):
                if rule.get("method", self.command) != self.command or rule.get("match", "") not in self.path:
                    continue
                if "header" in rule and rule["header"] not in self.headers:
                    continue
                count = used[bucket, index] = used.get((bucket, index), 0) + 1
                first = rule.get("skip", 0)
                if first < count <= first + rule.get("times", 1 << 60):
                    return rule

    def refusal(self, body):
        """What moto does not look at."""
        digest = hashlib.sha256(body)
        if self.headers.get("x-amz-content-sha256") != digest.hexdigest():
            return "XAmzContentSHA256Mismatch"
        checksum = self.headers.get("x-amz-checksum-sha256")
        if checksum and checksum != base64.b64encode(digest.digest()).decode():
            return "BadDigest"
        md5 = self.headers.get("content-md5")
        if md5 and md5 != base64.b64encode(hashlib.md5(body).digest()).decode():
            return "BadDigest"

    def forward(self, body, rule):
        gone = [name.lower() for name in rule.get("strip", [])]
        headers = {k: v for k, v in self.headers.items() if k.lower() not in gone}
        connection = http.client.HTTPConnection(*inner)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        response = connection.getresponse()
        answer = response.read()
        kept = {k: v for k, v in response.getheaders()
                if k.lower() not in ("connection", "transfer-encoding", "server", "date")}
        connection.close()
        return response.status, kept, answer

    def keep_lock(self, bucket, status, answer):
        """moto forgets the locks of uploads in parts."""
        path = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(path.query, keep_blank_values=True)
        if self.command != "POST" or status != 200:
            return
        until = self.headers.get("x-amz-object-lock-retain-until-date")
        if "uploads" in query and until:
            locks[answer.split(b"<UploadId>")[1].split(b"<")[0].decode()] = (self.headers["x-amz-object-lock-mode"], until)
        if "uploadId" in query and query["uploadId"][0] in locks:
            mode, until = locks[query["uploadId"][0]]
            key = urllib.parse.unquote(path.path.removeprefix("/" + bucket).removeprefix("/"))
            s3.put_object_retention(Bucket=bucket, Key=key, Retention={"Mode": mode, "RetainUntilDate": until})

    def tell(self, rule):
        if rule.get("drop"):
            self.log("drop")
            self.close_connection = True
            self.connection.shutdown(2)
            return
        body = rule["body"].encode() if "body" in rule else error(rule["code"]) if "code" in rule else b""
        self.respond(rule["status"], rule.get("headers", {}), body)

    def respond(self, status, headers, body, cut=None):
        self.log(status)
        self.send_response_only(status)
        names = {name.lower() for name in headers}
        if "date" not in names:
            self.send_header("Date", formatdate(usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if self.command != "HEAD":
                self.wfile.write(body if cut is None else body[:cut])
        except OSError:
            self.close_connection = True
        if cut is not None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(2)

    def log(self, status):
        headers = {k.lower(): v for k, v in self.headers.items() if k.lower() != "authorization"}
        line = {"method": self.command, "path": self.path, "status": status, "bytes": self.size, "headers": headers}
        with lock, open(f"{folder}/{self.bucket}.log", "a") as log:
            log.write(json.dumps(line) + "\n")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that goes away, or trusts us not, is no news."""


def serve(context=None):
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
plain, encrypted = serve(), serve(context)
keys["tls"] = encrypted.server_port
with open(f"{folder}/keys.json", "w") as file:
    json.dump(keys, file)
print(plain.server_port, flush=True)
sys.stdin.read()
os._exit(0)
