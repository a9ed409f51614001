"""credentials.py … list | delete | update: credential management, or its preview where the key has no other.

Standard input: {"pin"}; for delete also "ids": [hex]; for update "id": hex, "user": {"id": hex, "name"?, "displayName"?}.
"""
from fido2 import cbor
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, CredentialManagement

import key

RESULT = CredentialManagement.RESULT
THIRD_PARTY_PAYMENT = 0x0C


def rps(manager):
    try:
        return manager.enumerate_rps()
    except CtapError as error:
        if error.code == CtapError.ERR.NO_CREDENTIALS:
            return []
        raise


def credential(answer):
    public_key = answer[RESULT.PUBLIC_KEY]
    result = {
        "credentialId": answer[RESULT.CREDENTIAL_ID]["id"],
        "user": answer[RESULT.USER],
        "publicKey": cbor.encode(public_key),
        "kty": public_key[1],
        "alg": public_key[3],
        "credProtect": answer.get(RESULT.CRED_PROTECT),
        "largeBlobKey": answer.get(RESULT.LARGE_BLOB_KEY),
        "thirdPartyPayment": answer.get(THIRD_PARTY_PAYMENT),
    }
    return {name: value for name, value in result.items() if value is not None}


def listed(manager, _):
    metadata = manager.get_metadata()
    return {
        "existing": metadata[RESULT.EXISTING_CRED_COUNT],
        "remaining": metadata[RESULT.MAX_REMAINING_COUNT],
        "relyingParties": [
            {
                **rp[RESULT.RP],
                "rpIDHash": rp[RESULT.RP_ID_HASH],
                "credentials": [credential(answer) for answer in manager.enumerate_creds(rp[RESULT.RP_ID_HASH])],
            }
            for rp in rps(manager)
        ],
    }


def descriptor(text):
    return {"type": "public-key", "id": bytes.fromhex(text)}


def delete(manager, request):
    for text in request["ids"]:
        manager.delete_cred(descriptor(text))
    return {"deleted": request["ids"]}


def update(manager, request):
    user = {**request["user"], "id": bytes.fromhex(request["user"]["id"])}
    manager.update_user_info(descriptor(request["id"]), user)
    return {"updated": request["id"]}


ACTIONS = {"list": listed, "delete": delete, "update": update}


def work(options, ctap):
    request = key.secrets()
    authorised = key.authorised(options, ctap, request["pin"], ClientPin.PERMISSION.CREDENTIAL_MGMT)
    return ACTIONS[options.action](CredentialManagement(ctap, *authorised), request)


options = key.parser()
options.add_argument("action", choices=ACTIONS)
key.main(work, options)
