"""Signs the requests of a file with botocore and prints their Authorization headers as one line of JSON."""
import json, sys

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

asked = json.load(open(sys.argv[1]))
auth = S3SigV4Auth(Credentials("AKIDEXAMPLE", asked["secret"]), "s3", "sa-east-1")
out = []
for entry in asked["requests"]:
    request = AWSRequest("GET", entry["url"], headers=entry["headers"])
    request.context["timestamp"] = asked["time"]
    request.context["payload_signing_enabled"] = True
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    names = auth.signed_headers(auth.headers_to_sign(request))
    out.append(f"AWS4-HMAC-SHA256 Credential={auth.scope(request)},SignedHeaders={names},Signature={signature}")
print(json.dumps(out), flush=True)
sys.stdin.read()
