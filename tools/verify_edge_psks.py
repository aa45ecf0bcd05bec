"""Checks vectors of edge PSKs with nothing of ours: derives each key from both ends' PSKs and opens the body, with the
package `cryptography`. Reads a JSON array from standard input; fails on the first disagreement."""

import json
import sys
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


def node_id(end):
    return uuid.UUID(end["node_id"]).bytes


def derive(domain_id, one, other):
    low, high = sorted([one, other], key=node_id)
    info = b"plexsphere/edge-psk/v1" + node_id(low) + node_id(high)
    kdf = HKDF(algorithm=SHA256(), length=32, salt=uuid.UUID(domain_id).bytes, info=info)
    return kdf.derive(bytes.fromhex(low["psk"]) + bytes.fromhex(high["psk"]))


def bound_to(caller, peer):
    epochs = [end["psk_epoch"].to_bytes(8, "big") for end in (caller, peer)]
    return b"".join([node_id(caller), node_id(peer), *epochs])


def check(vector):
    caller, peer = vector["caller"], vector["peer"]
    key = derive(vector["domain_id"], caller, peer)
    if key.hex() != vector["edge_key"]:
        return f"the key is {key.hex()}, not {vector['edge_key']}"
    if derive(vector["domain_id"], peer, caller) != key:
        return "the other end derives another key"
    body = bytes.fromhex(vector["body"])
    nonce, sealed = body[:NONCE_BYTES], body[NONCE_BYTES:]
    if nonce.hex() != vector["nonce"]:
        return "the body does not begin with the nonce"
    nsk = AESGCM(bytes.fromhex(vector["nsk"]))
    try:
        if nsk.decrypt(nonce, sealed, bound_to(caller, peer)) != key:
            return "another key is in the body"
    except InvalidTag:
        return "the body does not open"
    try:
        nsk.decrypt(nonce, sealed, bound_to(peer, caller))
    except InvalidTag:
        return None
    return "the body opens for the other direction"


def main():
    vectors = json.load(sys.stdin)
    for number, vector in enumerate(vectors):
        fault = check(vector)
        if fault:
            sys.exit(f"vector {number} ({vector.get('name', 'random')}): {fault}")
    print(f"{len(vectors)} vectors hold")


main()
