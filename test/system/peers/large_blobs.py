"""large_blobs.py … list | get | put | delete | shuffle: the large-blob array, as CTAP 2.1 has it.

python-fido2 0.9.1 reads, writes, encrypts; but it compresses with zlib's header, where the specification wants bare
DEFLATE, so that part is done here. It announces the length of each fragment for that of the whole, which is right only
for arrays of one fragment.

Standard input: {"pin"?, "key"?: hex, "data"?: hex}.
"""
import os
import random
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fido2 import cbor
from fido2.ctap2 import ClientPin
from fido2.ctap2.blob import LargeBlobs, _lb_ad

import key

TRAILER = 16


def seal(secret, data):
    squeeze = zlib.compressobj(wbits=-15)
    nonce = os.urandom(12)
    content = squeeze.compress(data) + squeeze.flush()
    return {1: AESGCM(secret).encrypt(nonce, content, _lb_ad(len(data))), 2: nonce, 3: len(data)}


def unseal(secret, entry):
    try:
        content = AESGCM(secret).decrypt(entry[2], entry[1], _lb_ad(entry[3]))
    except InvalidTag:
        return None
    data = zlib.decompress(content, wbits=-15)
    assert len(data) == entry[3], "origSize is not the size"
    return data


def others(blobs, secret):
    return [entry for entry in blobs.read_blob_array() if unseal(secret, entry) is None]


def listed(blobs, _):
    array = blobs.read_blob_array()
    return {"sizes": [entry[3] for entry in array], "used": len(cbor.encode(array)) + TRAILER}


def get(blobs, request):
    secret = bytes.fromhex(request["key"])
    opened = [unseal(secret, entry) for entry in blobs.read_blob_array()]
    return {"data": [data for data in opened if data is not None]}


def put(blobs, request):
    secret = bytes.fromhex(request["key"])
    blobs.write_blob_array([*others(blobs, secret), seal(secret, bytes.fromhex(request["data"]))])
    return listed(blobs, request)


def delete(blobs, request):
    blobs.write_blob_array(others(blobs, bytes.fromhex(request["key"])))
    return listed(blobs, request)


def shuffle(blobs, _):
    """Eight blobs of its own, written, read, replaced and deleted in an order of chance; what was there before stays."""
    before = listed(blobs, None)
    kept = {os.urandom(32).hex(): os.urandom(10 * n).hex() for n in range(8)}
    for secret in random.sample(sorted(kept), 8):
        put(blobs, {"key": secret, "data": kept[secret]})
    for secret in random.sample(sorted(kept), 8):
        assert get(blobs, {"key": secret}) == {"data": [bytes.fromhex(kept[secret])]}, "another blob"
        kept[secret] = os.urandom(40).hex()
        put(blobs, {"key": secret, "data": kept[secret]})
    for secret in random.sample(sorted(kept), 8):
        assert get(blobs, {"key": secret}) == {"data": [bytes.fromhex(kept.pop(secret))]}, "another blob"
        delete(blobs, {"key": secret})
        for other in kept:
            assert get(blobs, {"key": other}) == {"data": [bytes.fromhex(kept[other])]}, "a lost blob"
    return {"asBefore": listed(blobs, None) == before}


ACTIONS = {"list": listed, "get": get, "put": put, "delete": delete, "shuffle": shuffle}


def work(options, ctap):
    request = key.secrets()
    authorised = ()
    if "pin" in request:
        authorised = key.authorised(options, ctap, request["pin"], ClientPin.PERMISSION.LARGE_BLOB_WRITE)
    return ACTIONS[options.action](LargeBlobs(ctap, *authorised), request)


options = key.parser()
options.add_argument("action", choices=ACTIONS)
key.main(work, options)
