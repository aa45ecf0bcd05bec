"""Verifies an exported audit log with nothing of ours, by docs/audit.md alone. Reads from standard input a JSON object:
`entries`, all items of the list in order, and `verification`, the answer of the verification, for its signed head. Needs the
package `cryptography`. Fails on the first disagreement."""

import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = "0" * 64


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def walk(entries):
    prev = GENESIS
    for place, entry in enumerate(entries, start=1):
        if entry["seq"] != place:
            return f"entry {entry['seq']} stands where entry {place} belongs", prev
        if entry["prev_hash"] != prev:
            return f"entry {place} does not follow the one before", prev
        said = {name: value for name, value in entry.items() if name not in ("prev_hash", "hash")}
        if entry["hash"] != sha256((prev + sha256(canonical(said))).encode()):
            return f"entry {place} is not what was hashed", prev
        prev = entry["hash"]
    return None, prev


def head(domain_id, found, seq, last):
    if (found["head_seq"], found["head_hash"]) != (seq, last):
        return "the head names another entry"
    signed = canonical(
        {
            "domain_id": domain_id,
            "hash": found["head_hash"],
            "key_id": found["head_key_id"],
            "seq": found["head_seq"],
            "signed_at": found["head_signed_at"],
            "type": "plexsphere/audit-head/v1",
        }
    )
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(found["head_public_key"]))
    try:
        key.verify(base64.b64decode(found["head_signature"]), signed)
    except InvalidSignature:
        return "the signature is not over the head"
    return None


def whole(entries, found):
    if not entries:
        nothing = (found["head_seq"], found["head_hash"]) == (0, None)
        return None if nothing else "the head names an entry, and there is none"
    fault, last = walk(entries)
    return fault or head(entries[0]["domain_id"], found, len(entries), last)


def main():
    given = json.load(sys.stdin)
    entries = given["entries"]
    fault = whole(entries, given["verification"])
    if fault:
        sys.exit(fault)
    print(f"{len(entries)} entries and the head hold")


main()
