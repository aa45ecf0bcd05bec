"""Checks vectors of signed events with nothing of ours: builds each canonical text from its fields, and verifies the
signature with the package `cryptography`. Reads a JSON array from standard input; fails on the first disagreement."""

import base64
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def encode(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # These stand inside strings only.
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def time(text):
    return re.sub(r"\.?0*Z$", "Z", text) if "." in text else text


def canonical(fields):
    members = [f'"{name}":{encode(fields[name])}' for name in ("id", "type", "scope", "key_id")]
    members.append(f'"issued_at":"{time(fields["issued_at"])}"')
    members.append(f'"payload":{encode(fields["payload"])}')
    return "{" + ",".join(members) + "}"


def check(vector):
    text = canonical(vector["fields"])
    if text != vector["canonical"]:
        return f"canonical text is {text}, not {vector['canonical']}"
    seed = bytes.fromhex(vector["seed"])
    public_key = base64.b64decode(vector["public_key"], validate=True)
    private_key = Ed25519PrivateKey.from_private_bytes(seed)
    if private_key.public_key().public_bytes_raw() != public_key:
        return "the public key is not the seed's"
    signature = base64.b64decode(vector["signature"], validate=True)
    if private_key.sign(text.encode()) != signature:
        return "this signature is not what the key gives"
    key = Ed25519PublicKey.from_public_bytes(public_key)
    try:
        key.verify(signature, text.encode())
    except InvalidSignature:
        return "the signature does not hold"
    try:
        key.verify(signature, text.encode() + b" ")
    except InvalidSignature:
        return None
    return "the signature holds for other bytes"


def main():
    vectors = json.load(sys.stdin)
    for number, vector in enumerate(vectors):
        fault = check(vector)
        if fault:
            sys.exit(f"vector {number} ({vector.get('name', 'random')}): {fault}")
    print(f"{len(vectors)} vectors hold")


main()
