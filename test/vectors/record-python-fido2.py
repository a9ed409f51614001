#!/usr/bin/python3
"""Records what another implementation puts on the wire, and what it reads from answers: python-fido2.json.

    apt-get install python3-fido2            # 0.9.1 in Debian 12
    /usr/bin/python3 test/vectors/record-python-fido2.py

python-fido2 drives a fake device, which keeps every request and returns an answer made here by a small CBOR encoder of
its own. python-fido2 in turn refuses answers that are not canonical to its own encoder. Requests and answers that 0.9.1
cannot express come from the encoder here and are marked `"by": "independent-encoder"`. Every key, IV and identifier is
SHA-256 of a label, so that a second run writes the same file.

In the JSON, bytes are {"bytes": hex}; members have the names python-fido2 gives them, or their key ("0x0c") where it
has none.
"""

import hashlib
import hmac
import inspect
import json
import os
import struct
import zlib
from enum import IntEnum

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fido2 import __version__
from fido2.ctap import CtapDevice
from fido2.ctap2 import base, bio, blob, pin
from fido2.ctap2.base import AssertionResponse, AttestationObject, AuthenticatorData, Ctap2
from fido2.ctap2.bio import BioEnrollment, FPBioEnrollment
from fido2.ctap2.blob import LargeBlobs
from fido2.ctap2.config import Config
from fido2.ctap2.credman import CredentialManagement
from fido2.ctap2.pin import ClientPin, PinProtocolV1, PinProtocolV2

HERE = os.path.dirname(os.path.abspath(__file__))


# --- our own CBOR, independent of python-fido2 and of seckey


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 1 << (8 * size):
            return bytes([major << 5 | info]) + n.to_bytes(size, "big")
    raise ValueError(n)


def cbor(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        members = sorted((cbor(k)[0] >> 5, len(cbor(k)), cbor(k), cbor(v)) for k, v in value.items())
        return head(5, len(members)) + b"".join(k + v for _, _, k, v in members)
    raise TypeError(value)


def made(label, length=32):
    """Bytes that look random and are the same in every run."""
    out = b""
    while len(out) < length:
        out += hashlib.sha256(b"seckey|%s|%d" % (label.encode(), len(out))).digest()
    return out[:length]


# --- what is recorded


class Made:
    """os.urandom in python-fido2's modules."""

    def __init__(self):
        self.calls = 0

    def urandom(self, length):
        self.calls += 1
        return made("urandom %d" % self.calls, length)


pin.os = blob.os = Made()


def scalar_key(label):
    return ec.derive_private_key(int.from_bytes(made(label), "big") >> 1, ec.SECP256R1(), default_backend())


class MadeKeys:
    """cryptography's `ec` in python-fido2's pin module, with a platform key that is always the same."""

    def __getattr__(self, name):
        return getattr(ec, name)

    def generate_private_key(self, curve, backend):
        return scalar_key("platform key")


pin.ec = MadeKeys()

TOKEN = made("pinUvAuthToken")
exchanges = []


class Device(CtapDevice):
    capabilities = 4

    def __init__(self):
        self.answers, self.request, self.response = [], None, None

    def call(self, cmd, data=b"", event=None, on_keepalive=None):
        self.request, self.response = data, self.answers.pop(0)
        return self.response

    @classmethod
    def list_devices(cls):
        return []


class Recording(Ctap2):
    """Keeps the arguments of each command by the names python-fido2 gives them."""


def named(value, keys=None):
    """JSON of a decoded value; `keys` gives the names of an integer-keyed map."""
    if isinstance(value, AuthenticatorData):
        value = bytes(value)
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {member_name(k, keys): named(v, MEMBER_KEYS.get(member_name(k, keys))) for k, v in value.items()}
    if isinstance(value, list):
        return [named(v, keys) for v in value]
    return int(value) if isinstance(value, IntEnum) else value


def member_name(key, keys):
    if isinstance(key, IntEnum):
        return key.name
    if isinstance(key, int) and keys:
        return keys(key).name if key in [int(k) for k in keys] else "0x%02x" % key
    return str(key)


MEMBER_KEYS = {"TEMPLATE_INFOS": BioEnrollment.TEMPLATE_INFO}
RESULT_KEYS = {
    "client_pin": ClientPin.RESULT,
    "credential_mgmt": CredentialManagement.RESULT,
    "bio_enrollment": BioEnrollment.RESULT,
    "make_credential": AttestationObject.KEY,
    "get_assertion": AssertionResponse.KEY,
    "get_next_assertion": AssertionResponse.KEY,
}
PARAM_KEYS = {
    "credential_mgmt": CredentialManagement.PARAM,
    "bio_enrollment": FPBioEnrollment.PARAM,
    "config": Config.PARAM,
}
SPEC_NAMES = {
    0x01: "makeCredential",
    0x02: "getAssertion",
    0x06: "clientPIN",
    0x08: "getNextAssertion",
    0x09: "bioEnrollment",
    0x0A: "credentialManagement",
    0x0C: "largeBlobs",
    0x0D: "authenticatorConfig",
    0x40: "bioEnrollmentPreview",
    0x41: "credentialManagementPreview",
}


def keep(name, by, request, response, arguments, understood, auth=None, **more):
    exchanges.append(
        {
            "name": name,
            "command": SPEC_NAMES[request[0]],
            "by": by,
            "arguments": arguments,
            "pinUvAuth": auth,
            "request": request.hex(),
            "response": response.hex(),
            "understood": understood,
            **more,
        }
    )


def recorder(method):
    original = getattr(Ctap2, method)
    signature = inspect.signature(original)

    def call(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        bound = dict(signature.bind(self, *args, **kwargs).arguments)
        arguments = {
            name: named(value, PARAM_KEYS.get(method) if name == "sub_cmd_params" else None)
            for name, value in bound.items()
            if name not in ("self", "event", "on_keepalive") and value is not None
        }
        data = getattr(result, "data", result)
        more = {}
        if hasattr(result, "auth_data"):
            more["authData"] = auth_data(result.auth_data)
        auth, Protocol.last = Protocol.last, None
        understood = named(data, RESULT_KEYS.get(method)) if data is not None else {}
        keep(self.next_name, "python-fido2", self.device.request, self.device.response, arguments, understood, auth, **more)
        return result

    return call


def auth_data(data):
    attested = data.credential_data
    return {
        "rp_id_hash": named(data.rp_id_hash),
        "flags": data.flags,
        "counter": data.counter,
        "credential_data": attested
        and {
            "aaguid": named(attested.aaguid),
            "credential_id": named(attested.credential_id),
            "public_key": named(dict(attested.public_key)),
        },
        "extensions": named(data.extensions),
    }


for command in (*RESULT_KEYS, "large_blobs", "config"):
    setattr(Recording, command, recorder(command))


class Protocol:
    """Mixed into python-fido2's PIN protocols: keeps what they authenticate."""

    last = None

    def authenticate(self, key, message):
        param = super().authenticate(key, message)
        Protocol.last = {"version": self.VERSION, "key": key.hex(), "message": message.hex(), "param": param.hex()}
        return param


class One(Protocol, PinProtocolV1):
    pass


class Two(Protocol, PinProtocolV2):
    pass


def connect(versions, options, **more):
    device = Device()
    device.answers.append(b"\0" + cbor({1: versions, 3: bytes(16), 4: options, **more.get("members", {})}))
    return Recording(device)


def ask(ctap, name, response, action):
    """Runs `action` against one canned answer; `response` is a map, or None for the status byte alone."""
    ctap.next_name = name
    ctap.device.answers.append(b"\0" if response is None else b"\0" + cbor(response))
    return action()


def own(name, code, request, response, arguments, understood, message=None, protocol=None):
    """
    An exchange that python-fido2 0.9.1 cannot express. With `message`, the request gets a pinUvAuthParam over it;
    `protocol` is then (key of pinUvAuthProtocol, its number, key of pinUvAuthParam).
    """
    auth = None
    if message is not None:
        mac = hmac.new(TOKEN, message, hashlib.sha256).digest()
        param = mac[:16] if protocol[1] == 1 else mac
        version_key, version, param_key = protocol
        request = {**request, version_key: version, param_key: param}
        arguments = {**arguments, "pin_uv_protocol": version, "pin_uv_param": named(param)}
        auth = {"version": version, "key": TOKEN.hex(), "message": message.hex(), "param": param.hex()}
    answer = b"\0" if response is None else b"\0" + cbor(response)
    payload = b"" if request is None else cbor(request)
    keep(name, "independent-encoder", bytes([code]) + payload, answer, arguments, understood, auth)


# --- values

vectors = json.load(open(os.path.join(HERE, "ctap-vectors.json"), encoding="utf-8"))
RP_ID_HASH = hashlib.sha256(b"example.com").digest()
CRED = {"id": made("credential id", 48), "type": "public-key"}
USER = {"id": made("user id", 16), "name": "zoë@example.com", "displayName": "Zoë 🔑"}
LONG = vectors["rpIdTruncation"][1]
EC_KEY = {1: 2, 3: -7, -1: 1, -2: made("x"), -3: made("y")}
OKP_KEY = {1: 1, 3: -8, -1: 6, -2: made("okp x")}
RSA_KEY = {1: 3, 3: -257, -1: made("n", 256), -2: b"\1\0\1"}


def record_client_pin(protocol):
    v = protocol.VERSION
    ctap = connect(["FIDO_2_1"], {"clientPin": True, "pinUvAuthToken": True, "uv": True})
    legacy = connect(["FIDO_2_0"], {"clientPin": True})
    authenticator = scalar_key("authenticator key")
    point = authenticator.public_key().public_numbers()
    cose = {1: 2, 3: -25, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
    platform = scalar_key("platform key").public_key()
    secret = protocol.kdf(authenticator.exchange(ec.ECDH(), platform))
    client, old = ClientPin(ctap, protocol), ClientPin(legacy, protocol)
    token = {2: protocol.encrypt(secret, TOKEN)}

    def after_key_agreement(at, name, response, action):
        # The first answer is to getKeyAgreement, which python-fido2 asks before.
        at.device.answers.append(b"\0" + cbor({1: cose}))
        ask(at, name, response, action)

    p = "clientPIN, protocol %d: " % v
    ask(ctap, p + "getPINRetries", {3: 8, 4: False}, client.get_pin_retries)
    ask(ctap, p + "getPINRetries, without powerCycleState", {3: 1}, client.get_pin_retries)
    ask(ctap, p + "getUVRetries", {5: 3}, client.get_uv_retries)
    after_key_agreement(ctap, p + "setPIN", None, lambda: client.set_pin("1234"))
    after_key_agreement(ctap, p + "changePIN", None, lambda: client.change_pin("1234", "pässwörd-🔑"))
    after_key_agreement(legacy, p + "getPinToken", token, lambda: old.get_pin_token("1234"))
    after_key_agreement(ctap, p + "token using PIN", token, lambda: client.get_pin_token("1234", ClientPin.PERMISSION(4)))
    after_key_agreement(ctap, p + "token using PIN, for one RP", token, lambda: client.get_pin_token("1234", 3, "example.com"))
    after_key_agreement(ctap, p + "token using UV", token, lambda: client.get_uv_token(8))
    after_key_agreement(ctap, p + "token using UV, for one RP", token, lambda: client.get_uv_token(1, "example.com"))


def record_credential_management(protocol, preview):
    option = "credentialMgmtPreview" if preview else "credMgmt"
    ctap = connect(["FIDO_2_1_PRE" if preview else "FIDO_2_1"], {option: True})
    cm = CredentialManagement(ctap, protocol, TOKEN)
    p = "%s, protocol %d: " % ("credentialManagement preview" if preview else "credentialManagement", protocol.VERSION)
    credential = {6: USER, 7: CRED, 8: EC_KEY, 9: 2, 10: 1}
    everything = {**credential, 10: 3, 11: made("largeBlobKey"), 12: True}
    ask(ctap, p + "getCredsMetadata", {1: 3, 2: 22}, cm.get_metadata)
    rp = {"id": "example.com", "name": "Example"}
    ask(ctap, p + "enumerateRPsBegin", {3: rp, 4: RP_ID_HASH, 5: 3}, cm.enumerate_rps_begin)
    ask(ctap, p + "enumerateRPsBegin, none (no map)", None, cm.enumerate_rps_begin)
    ask(ctap, p + "enumerateRPsBegin, none (empty map)", {}, cm.enumerate_rps_begin)
    ask(ctap, p + "enumerateRPsBegin, none (totalRPs 0)", {5: 0}, cm.enumerate_rps_begin)
    ask(ctap, p + "enumerateRPsBegin without totalRPs", {3: rp, 4: RP_ID_HASH}, cm.enumerate_rps_begin)
    ask(ctap, p + "enumerateRPsGetNextRP, without name", {3: {"id": "xn--bcher-kva.example"}, 4: made("h")}, cm.enumerate_rps_next)
    shortened = {3: {"id": LONG["storedText"]}, 4: hashlib.sha256(LONG["rpId"].encode()).digest()}
    ask(ctap, p + "enumerateRPsGetNextRP, shortened id", shortened, cm.enumerate_rps_next)
    begin = lambda: cm.enumerate_creds_begin(RP_ID_HASH)
    ask(ctap, p + "enumerateCredentialsBegin", credential, begin)
    ask(ctap, p + "enumerateCredentialsBegin, all members", everything, begin)
    ask(ctap, p + "enumerateCredentialsBegin, old members alone", {6: {"id": b"\1"}, 7: CRED, 8: OKP_KEY, 9: 1}, begin)
    ask(ctap, p + "enumerateCredentialsGetNextCredential, RSA", {6: {**USER, "displayName": ""}, 7: CRED, 8: RSA_KEY, 10: 2}, cm.enumerate_creds_next)
    ask(ctap, p + "deleteCredential", None, lambda: cm.delete_cred(CRED))
    ask(ctap, p + "deleteCredential, with transports", {}, lambda: cm.delete_cred({**CRED, "transports": ["usb", "nfc"]}))
    if not preview:
        ask(ctap, p + "updateUserInformation", None, lambda: cm.update_user_info(CRED, USER))
        bare = {"id": USER["id"]}
        ask(ctap, p + "updateUserInformation, names erased", None, lambda: cm.update_user_info(CRED, bare))


def record_bio_enrollment(protocol, preview):
    versions = ["FIDO_2_1_PRE"] if preview else ["FIDO_2_1"]
    options = {"credentialMgmtPreview": True, "userVerificationMgmtPreview": False} if preview else {"bioEnroll": True}
    ctap = connect(versions, options)
    p = "%s, protocol %d: " % ("bioEnrollment preview" if preview else "bioEnrollment", protocol.VERSION)
    fp = ask(ctap, p + "getModality", {1: 1}, lambda: FPBioEnrollment(ctap, protocol, TOKEN))
    template = made("template", 2)
    sensor = {2: 1, 3: 5} if preview else {2: 2, 3: 5, 8: 64}
    ask(ctap, p + "getFingerprintSensorInfo", sensor, fp.get_fingerprint_sensor_info)
    ask(ctap, p + "enrollBegin", {4: template, 5: 0, 6: 4}, lambda: fp.enroll_begin(10_000))
    # python-fido2 sends (and authenticates) an empty map here.
    ask(ctap, p + "enrollBegin without timeout", {4: template, 5: 7, 6: 5}, fp.enroll_begin)
    for status in FPBioEnrollment.FEEDBACK:
        name = p + "enrollCaptureNextSample, %s" % status.name
        ask(ctap, name, {5: int(status), 6: 3}, lambda: fp.enroll_capture_next(template, 10_000))
        exchanges[-1]["sampleStatus"] = status.name
    ask(ctap, p + "enrollCaptureNextSample without timeout", {5: 0, 6: 0}, lambda: fp.enroll_capture_next(template))
    ask(ctap, p + "cancelCurrentEnrollment", None, fp.enroll_cancel)
    two = [{1: template, 2: "Zeigefinger rechts"}, {1: made("other", 16), 2: "naïve 指纹 🖐"}]
    ask(ctap, p + "enumerateEnrollments", {7: two}, fp.enumerate_enrollments)
    ask(ctap, p + "enumerateEnrollments, none", {7: []}, fp.enumerate_enrollments)
    raw = lambda: ctap.bio_enrollment(modality=1, sub_cmd=4)
    ask(ctap, p + "enumerateEnrollments, without name or token", {7: [{1: template}]}, raw)
    ask(ctap, p + "setFriendlyName", None, lambda: fp.set_name(template, "Ringfinger – links 💍"))
    ask(ctap, p + "removeEnrollment", None, lambda: fp.remove_enrollment(template))


def record_config(protocol):
    ctap = connect(["FIDO_2_1"], {"authnrCfg": True})
    config, open_config = Config(ctap, protocol, TOKEN), Config(ctap)
    p = "authenticatorConfig, protocol %d: " % protocol.VERSION
    ask(ctap, p + "enableEnterpriseAttestation", None, lambda: config._call(Config.CMD.ENABLE_ENTERPRISE_ATT))
    ask(ctap, p + "toggleAlwaysUv", None, config.toggle_always_uv)
    ask(ctap, p + "toggleAlwaysUv, unprotected", None, open_config.toggle_always_uv)
    rp_ids = ["example.com", "login.example.org"]
    ask(ctap, p + "setMinPINLength", None, lambda: config.set_min_pin_length(6))
    ask(ctap, p + "setMinPINLength, all of 2.1", None, lambda: config.set_min_pin_length(8, rp_ids, True))
    ask(ctap, p + "setMinPINLength, forceChangePin alone", None, lambda: config.set_min_pin_length(force_change_pin=True))
    ask(ctap, p + "setMinPINLength, unprotected", None, lambda: open_config.set_min_pin_length(4))
    complexity = {Config.PARAM.NEW_MIN_PIN_LENGTH: 6, 4: True}
    ask(ctap, p + "setMinPINLength, pinComplexityPolicy", None, lambda: config._call(Config.CMD.SET_MIN_PIN_LENGTH, complexity))
    ask(ctap, p + "enableLongTouchForReset", None, lambda: config._call(4))
    covers = b"\xff" * 32 + b"\x0d\xff"
    for vendor, label in ((7, "small"), (0xA1B2C3D4E5F60718, "64 bits")):
        params = {1: vendor}
        own(
            p + "vendorPrototype, %s" % label, 0x0D, {1: 0xFF, 2: params}, None,
            {"sub_cmd": 0xFF, "sub_cmd_params": {"0x01": {"uint64": str(vendor)}}}, {},
            covers + cbor(params), (3, protocol.VERSION, 4),
        )  # fmt: skip


def seal(key, data, nonce):
    """A large-blob entry in the specification's form, which python-fido2 0.9.1 does not write (it keeps the zlib header)."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    compressed = deflate.compress(data) + deflate.flush()
    sealed = AESGCM(key).encrypt(nonce, compressed, b"blob" + struct.pack("<Q", len(data)))
    return {1: sealed, 2: nonce, 3: len(data)}


def record_large_blobs(protocol):
    ctap = connect(["FIDO_2_1"], {"largeBlobs": True}, members={5: 128})
    v = protocol.VERSION
    p = "largeBlobs, protocol %d: " % v
    blobs = LargeBlobs(ctap, protocol, TOKEN)
    data = "Ein großer Fleck. ".encode() * 20
    key, stranger = made("largeBlobKey"), made("stranger's largeBlobKey")
    array = cbor([seal(stranger, b"not ours", made("nonce 1", 12)), {1: b"x", 7: "unknown form"}, seal(key, data, made("nonce 2", 12))])
    stored = array + hashlib.sha256(array).digest()[:16]
    start = len(exchanges)
    ctap.next_name = p + "get, fragments"
    ctap.device.answers = [b"\0" + cbor({1: stored[at : at + 64]}) for at in range(0, len(stored) + 1, 64)]
    blobs.read_blob_array()
    # python-fido2 seals with a zlib header: what a reader may meet in the field.
    ctap.next_name = p + "put by python-fido2"
    ctap.device.answers = [b"\0" + cbor({1: b"\x80" + hashlib.sha256(b"\x80").digest()[:16]})] + [b"\0"] * 20
    blobs.put_blob(key, data)
    written = b"".join(bytes.fromhex(e["arguments"]["set"]["bytes"]) for e in exchanges[start:] if "set" in e["arguments"])
    empty = b"\x80" + hashlib.sha256(b"\x80").digest()[:16]
    free = connect(["FIDO_2_1"], {"largeBlobs": True})
    ask(free, p + "set without token", None, lambda: free.large_blobs(0, set=empty, length=len(empty)))
    ask(free, p + "get, nothing left", {1: b""}, lambda: free.large_blobs(17, get=960))
    # 0.9.1 repeats `length` in later fragments, which keys refuse.
    fragment = made("fragment", 64)
    message = b"\xff" * 32 + b"\x0c\x00" + struct.pack("<I", 0x01020304) + hashlib.sha256(fragment).digest()
    own(
        p + "set, later fragment", 0x0C, {2: fragment, 3: 0x01020304}, None,
        {"offset": 0x01020304, "set": named(fragment)}, {}, message, (6, v, 5),
    )  # fmt: skip
    return {"largeBlobKey": key.hex(), "strangersLargeBlobKey": stranger.hex(), "data": data.hex(), "stored": stored.hex(), "storedByPythonFido2": written.hex()}


def record_webauthn():
    ctap = connect(["FIDO_2_1"], {"rk": True})
    hash_ = made("clientDataHash")
    rp, params = {"id": "example.com", "name": "Example"}, [{"alg": -8, "type": "public-key"}, {"alg": -7, "type": "public-key"}]
    attested = lambda cose: made("aaguid", 16) + struct.pack(">H", 48) + CRED["id"] + cbor(cose)
    with_key = lambda cose: RP_ID_HASH + b"\x45\0\0\0\1" + attested(cose)
    extended = RP_ID_HASH + b"\xc5\xff\xff\xff\xfe" + attested(OKP_KEY) + cbor({"credProtect": 2, "minPinLength": 6})
    packed = {"alg": -7, "sig": made("sig", 71), "x5c": [made("certificate", 300)]}
    mc = "makeCredential"
    param = One().authenticate(TOKEN, hash_)
    ask(ctap, mc, {1: "packed", 2: with_key(EC_KEY), 3: packed}, lambda: ctap.make_credential(
        hash_, rp, USER, params, [CRED], {"credProtect": 2, "minPinLength": True}, {"rk": True}, param, 1))  # fmt: skip
    ask(ctap, mc + ", least members", {1: "none", 2: with_key(RSA_KEY), 3: {}}, lambda: ctap.make_credential(
        hash_, {"id": "example.com"}, {"id": b"\1"}, params))  # fmt: skip
    probe = {1: "none", 2: extended, 3: {}, 4: False, 5: made("largeBlobKey")}
    ask(ctap, mc + ", probe for a touch", probe, lambda: ctap.make_credential(
        hash_, rp, USER, params, pin_uv_param=b"", pin_uv_protocol=1))  # fmt: skip
    request = {1: hash_, 2: rp, 3: USER, 4: params, 7: {"rk": True, "uv": True}, 10: 2, 11: ["packed", "none"]}
    names = {"client_data_hash": named(hash_), "rp": rp, "user": named(USER), "key_params": params,
             "options": {"rk": True, "uv": True}, "0x0a": 2, "0x0b": ["packed", "none"]}  # fmt: skip
    response = {1: "packed", 2: with_key(EC_KEY), 3: packed, 4: True, 6: {"largeBlob": {"supported": True}}}
    understood = {"FMT": "packed", "AUTH_DATA": named(response[2]), "ATT_STMT": named(packed), "EP_ATT": True,
                  "0x06": {"largeBlob": {"supported": True}}}  # fmt: skip
    own(mc + ", members of 2.1 and 2.2", 0x01, request, response, names, understood)
    no_statement = {1: "none", 2: with_key(EC_KEY)}
    own(mc + ", no attStmt", 0x01, {k: request[k] for k in (1, 2, 3, 4)}, no_statement,
        {k: names[k] for k in ("client_data_hash", "rp", "user", "key_params")},
        {"FMT": "none", "AUTH_DATA": named(no_statement[2])})  # fmt: skip

    ga, plain = "getAssertion", RP_ID_HASH + b"\x05\0\0\1\0"
    signed = {1: CRED, 2: plain, 3: made("signature", 72)}
    param2 = Two().authenticate(TOKEN, hash_)
    ask(ctap, ga, {**signed, 4: USER, 5: 3, 6: True, 7: made("largeBlobKey")}, lambda: ctap.get_assertion(
        "example.com", hash_, [CRED, {**CRED, "transports": ["internal"]}], {"credBlob": True}, {"uv": True}, param2, 2))  # fmt: skip
    silent = {2: RP_ID_HASH + b"\x80\0\0\0\0" + cbor({"credBlob": b""}), 3: made("signature", 64)}
    ask(ctap, ga + ", silent, credential left out", silent, lambda: ctap.get_assertion("example.com", hash_, [CRED], options={"up": False}))
    ask(ctap, "getNextAssertion", {**signed, 4: {"id": USER["id"]}}, ctap.get_next_assertion)
    unsigned = {**signed, 8: {"largeBlob": {"written": True}}}
    own(ga + ", unsigned outputs", 0x02, {1: "example.com", 2: hash_}, unsigned,
        {"rp_id": "example.com", "client_data_hash": named(hash_)},
        {"CREDENTIAL": named(CRED), "AUTH_DATA": named(plain), "SIGNATURE": named(signed[3]),
         "0x08": {"largeBlob": {"written": True}}})  # fmt: skip


result = {}
for protocol in (One(), Two()):
    record_client_pin(protocol)
    for preview in (False, True):
        record_credential_management(protocol, preview)
        record_bio_enrollment(protocol, preview)
    record_config(protocol)
    result["largeBlobs%d" % protocol.VERSION] = record_large_blobs(protocol)
record_webauthn()

about = {
    "source": "python-fido2 %s (Debian python3-fido2), see record-python-fido2.py" % __version__,
    "by": "python-fido2: it wrote the request; independent-encoder: record-python-fido2.py did, python-fido2 cannot",
    "pinUvAuth": "what pinUvAuthParam was computed from, as python-fido2 did it (clientPIN: with the shared secret)",
    "understood": "the response as python-fido2 read it, in its names",
}
with open(os.path.join(HERE, "python-fido2.json"), "w", encoding="utf-8") as file:
    json.dump({"about": about, "token": TOKEN.hex(), "largeBlobs": result["largeBlobs2"], "exchanges": exchanges}, file, indent=1, ensure_ascii=False)
    file.write("\n")
print(len(exchanges), "exchanges")
