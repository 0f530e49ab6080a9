#!/usr/bin/env python3
"""Signs and verifies DSSE envelopes with securesystemslib, which in-toto stands on.

dsse.py keyid KEY.pub                      prints the key's id
dsse.py sign TYPE PAYLOAD KEY...           prints an envelope signed by each private key
dsse.py verify THRESHOLD ENVELOPE KEY...   prints the ids of the public keys that were counted; fails when they are too few
"""
import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    verb, rest = sys.argv[1], sys.argv[2:]
    if verb == "keyid":
        print(SSlibKey.from_crypto(load_pem_public_key(read(rest[0]))).keyid)
    elif verb == "sign":
        envelope = Envelope(payload=read(rest[1]), payload_type=rest[0], signatures={})
        for path in rest[2:]:
            envelope.sign(CryptoSigner(load_pem_private_key(read(path), None)))
        print(json.dumps(envelope.to_dict()))
    else:
        keys = [SSlibKey.from_crypto(load_pem_public_key(read(path))) for path in rest[2:]]
        print(" ".join(sorted(Envelope.from_dict(json.loads(read(rest[1]))).verify(keys, int(rest[0])))))


main()
