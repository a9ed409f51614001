"""Signs in and verifies the signatures.

Standard input: {"pin"?, "rpId", "publicKeys": {credential ID: COSE key in hex}, "allow"?: [credential ID], "salt"?: hex,
"largeBlobKey"?: true}. Prints {"assertions": [...]}, as the key gave them.
"""
import hashlib
import os

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.ctap2 import ClientPin
from fido2.ctap2.extensions import HmacSecretExtension

import key


def work(options, ctap):
    request = key.secrets()
    rp_id = request["rpId"]
    challenge = hashlib.sha256(os.urandom(32)).digest()
    hmac_secret = HmacSecretExtension(ctap, key.client_pin(options, ctap).protocol)
    extensions = {}
    if "salt" in request:
        salts = {"salt1": bytes.fromhex(request["salt"])}
        extensions["hmac-secret"] = hmac_secret.process_get_input({"hmacGetSecret": salts})
    if "largeBlobKey" in request:
        extensions["largeBlobKey"] = True
    authorisation = {}
    if "pin" in request:
        protocol, token = key.authorised(options, ctap, request["pin"], ClientPin.PERMISSION.GET_ASSERTION, rp_id)
        authorisation = {
            "pin_uv_param": protocol.authenticate(token, challenge),
            "pin_uv_protocol": protocol.VERSION,
        }
    allow = [{"type": "public-key", "id": bytes.fromhex(text)} for text in request.get("allow", [])]
    answers = ctap.get_assertions(
        rp_id,
        challenge,
        allow_list=allow or None,
        extensions=extensions or None,
        event=key.within(options.patience),
        **authorisation,
    )
    return {"assertions": [checked(answer, challenge, request, hmac_secret) for answer in answers]}


def checked(answer, challenge, request, hmac_secret):
    data = answer.auth_data
    assert data.rp_id_hash == hashlib.sha256(request["rpId"].encode()).digest(), "rpIdHash of another site"
    credential_id = answer.credential["id"]
    cose = cbor.decode(bytes.fromhex(request["publicKeys"][credential_id.hex()]))
    answer.verify(challenge, CoseKey.parse(cose))
    result = {
        "credentialId": credential_id,
        "user": answer.user or {},
        "counter": data.counter,
        "userPresent": data.is_user_present(),
        "userVerified": data.is_user_verified(),
    }
    if "salt" in request:
        result["secret"] = hmac_secret.process_get_output(data)["hmacGetSecret"]["output1"]
    if answer.large_blob_key is not None:
        result["largeBlobKey"] = answer.large_blob_key
    return result


options = key.parser()
options.add_argument("--patience", type=float, default=60)
key.main(work, options)
