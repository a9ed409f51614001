"""Registers credentials and verifies what the key attests about each of them.

Standard input: {"pin", "credentials": [{"rpId", "rpName"?, "userId": hex, "name"?, "displayName"?, "alg"?, "credProtect"?,
"hmacSecret"?, "largeBlobKey"?, "minPinLength"?, "discoverable"?: default true}]}. Prints {"made": [...]}, in that order.
"""
import hashlib
import os

from fido2 import cbor
from fido2.attestation import Attestation
from fido2.ctap2 import ClientPin

import key


def given(**members):
    return {name: value for name, value in members.items() if value is not None}


def make(options, ctap, pin, wanted):
    rp_id = wanted["rpId"]
    protocol, token = key.authorised(options, ctap, pin, ClientPin.PERMISSION.MAKE_CREDENTIAL, rp_id)
    challenge = hashlib.sha256(os.urandom(32)).digest()
    extensions = {
        "credProtect": wanted.get("credProtect"),
        "hmac-secret": wanted.get("hmacSecret"),
        "largeBlobKey": wanted.get("largeBlobKey"),
        "minPinLength": wanted.get("minPinLength"),
    }
    made = ctap.make_credential(
        challenge,
        given(id=rp_id, name=wanted.get("rpName")),
        given(
            id=bytes.fromhex(wanted["userId"]),
            name=wanted.get("name"),
            displayName=wanted.get("displayName"),
        ),
        [{"type": "public-key", "alg": wanted.get("alg", -7)}],
        extensions=given(**extensions) or None,
        options={"rk": True} if wanted.get("discoverable", True) else None,
        pin_uv_param=protocol.authenticate(token, challenge),
        pin_uv_protocol=protocol.VERSION,
        event=key.within(options.patience),
    )
    data = made.auth_data
    assert data.rp_id_hash == hashlib.sha256(rp_id.encode()).digest(), "rpIdHash of another site"
    attested = Attestation.for_type(made.fmt)().verify(made.att_statement, data, challenge)
    return {
        "credentialId": data.credential_data.credential_id,
        "publicKey": cbor.encode(dict(data.credential_data.public_key)),
        "aaguid": data.credential_data.aaguid,
        "attestation": attested.attestation_type.name,
        "format": made.fmt,
        "userPresent": data.is_user_present(),
        "userVerified": data.is_user_verified(),
        "extensions": data.extensions or {},
        **given(largeBlobKey=made.large_blob_key),
    }


def work(options, ctap):
    request = key.secrets()
    return {"made": [make(options, ctap, request["pin"], wanted) for wanted in request["credentials"]]}


options = key.parser()
options.add_argument("--patience", type=float, default=60)
key.main(work, options)
