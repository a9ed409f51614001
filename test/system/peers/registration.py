"""
Registers credentials, uses them and verifies everything, with python-fido2's own client and attestation classes.

Standard input: {"pin"}, which the key gets on the way: this client wants it always once there is one. A card that counts
being brought into the field as a touch is power-cycled before each use. Prints what was found, by step.
"""
import os

import key
from fido2.attestation import Attestation, verify_x509_chain
from fido2.client import ClientError, Fido2Client
from fido2.cose import ES256
from fido2.ctap1 import ApduError, Ctap1
from fido2.ctap2 import ClientPin, CredentialManagement, Ctap2, LargeBlobs
from fido2.ctap2.extensions import CredProtectExtension
from fido2.utils import sha256

RP = "example.com"
LEVEL = list(CredProtectExtension.POLICY)
SALTS = [bytes([n]) * 32 for n in (1, 2)]


class Desk:
    def __init__(self, options, device, pin):
        self.on_reader = options.hid is None
        self.device = device
        self.pin = pin
        self.keys = {}

    def tap(self):
        """Takes the card off the reader and puts it back."""
        if not self.on_reader:
            return
        from smartcard.scard import SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_SHARE_SHARED, SCARD_UNPOWER_CARD
        from smartcard.scard import SCardReconnect

        connection = getattr(self.device._conn, "component", self.device._conn)
        protocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1
        SCardReconnect(connection.hcard, SCARD_SHARE_SHARED, protocols, SCARD_UNPOWER_CARD)
        self.device._select()

    def client(self):
        self.tap()
        return Fido2Client(self.device, "https://" + RP)

    def register(self, name, alg=-7, rk=False, pin=False, extensions=None, exclude=()):
        options = {
            "rp": {"id": RP, "name": "Example"},
            "user": {"id": name.encode(), "name": name, "displayName": name.upper()},
            "challenge": os.urandom(32),
            "pubKeyCredParams": [{"type": "public-key", "alg": alg}],
            "excludeCredentials": [{"type": "public-key", "id": self.keys[other].credential_id} for other in exclude],
            "extensions": extensions or {},
            "authenticatorSelection": {
                "requireResidentKey": rk,
                "userVerification": "required" if pin else "discouraged",
            },
        }
        result = self.client().make_credential(options, pin=self.pin if pin else None)
        attestation, client_data = result.attestation_object, result.client_data
        verified = Attestation.for_type(attestation.fmt)().verify(
            attestation.att_statement, attestation.auth_data, client_data.hash
        )
        verify_x509_chain(verified.trust_path)
        self.keys[name] = attestation.auth_data.credential_data
        return {
            "attestation": verified.attestation_type.name,
            "alg": self.keys[name].public_key[3],
            "flags": attestation.auth_data.flags,
            "extensions": attestation.auth_data.extensions or {},
            "largeBlobKey": len(attestation.large_blob_key or b""),
        }

    def sign(self, *names, pin=False, extensions=None):
        options = {
            "challenge": os.urandom(32),
            "rpId": RP,
            "allowCredentials": [{"type": "public-key", "id": self.keys[name].credential_id} for name in names],
            "extensions": extensions or {},
            "userVerification": "required" if pin else "discouraged",
        }
        selection = self.client().get_assertion(options, pin=self.pin if pin else None)
        found = []
        for index, assertion in enumerate(selection.get_assertions()):
            response = selection.get_response(index)
            credential_id = assertion.credential["id"]
            name = next(name for name, data in self.keys.items() if data.credential_id == credential_id)
            assertion.verify(response.client_data.hash, self.keys[name].public_key)
            found.append(
                {
                    "name": name,
                    "flags": assertion.auth_data.flags,
                    "user": assertion.user or {},
                    "results": response.extension_results or {},
                    "extensions": assertion.auth_data.extensions or {},
                }
            )
        return found

    def refusal(self, work, *args, **options):
        try:
            work(*args, **options)
        except ClientError as error:
            return int(error.cause.code)

    def large_blob(self, name, data):
        self.tap()
        ctap = Ctap2(self.device)
        client_pin = ClientPin(ctap)
        wanted = ClientPin.PERMISSION.GET_ASSERTION | ClientPin.PERMISSION.LARGE_BLOB_WRITE
        token = client_pin.get_pin_token(self.pin, wanted, RP)
        client_data_hash = os.urandom(32)
        assertion = ctap.get_assertion(
            RP,
            client_data_hash,
            [{"type": "public-key", "id": self.keys[name].credential_id}],
            {"largeBlobKey": True},
            None,
            client_pin.protocol.authenticate(token, client_data_hash),
            client_pin.protocol.VERSION,
        )
        LargeBlobs(ctap, client_pin.protocol, token).put_blob(assertion.large_blob_key, data)
        return LargeBlobs(ctap).get_blob(assertion.large_blob_key)

    def listed(self):
        ctap = Ctap2(self.device)
        client_pin = ClientPin(ctap)
        token = client_pin.get_pin_token(self.pin, ClientPin.PERMISSION.CREDENTIAL_MGMT)
        management = CredentialManagement(ctap, client_pin.protocol, token)
        return [
            credential[CredentialManagement.RESULT.USER]["name"]
            for rp in management.enumerate_rps()
            for credential in management.enumerate_creds(rp[CredentialManagement.RESULT.RP_ID_HASH])
        ]

    def u2f(self):
        """Registers and signs with CTAP1; each protocol uses the other's credential."""
        ctap1, app = Ctap1(self.device), sha256(RP.encode())
        challenge = os.urandom(32)
        self.tap()
        registration = ctap1.register(challenge, app)
        registration.verify(app, challenge)
        self.tap()
        ctap1.authenticate(challenge, app, registration.key_handle).verify(app, challenge, registration.public_key)
        self.tap()
        descriptor = {"type": "public-key", "id": registration.key_handle}
        assertion = Ctap2(self.device).get_assertion(RP, challenge, [descriptor])
        assertion.verify(challenge, ES256.from_ctap1(registration.public_key))
        point = self.keys["es256"].public_key
        self.tap()
        signature = ctap1.authenticate(challenge, app, self.keys["es256"].credential_id)
        signature.verify(app, challenge, b"\x04" + point[-2] + point[-3])
        return {
            "version": ctap1.get_version(),
            "own": self.check_only(ctap1, app, registration.key_handle),
            "foreign": self.check_only(ctap1, app, b"\x00" * 62),
        }

    def check_only(self, ctap1, app, handle):
        try:
            ctap1.authenticate(b"\x00" * 32, app, handle, check_only=True)
        except ApduError as error:
            return error.code


def credentials(options, ctap):
    desk = Desk(options, ctap.device, key.secrets()["pin"])
    info = ctap.info
    result = {"es256": desk.register("es256"), "signed": desk.sign("es256")}
    if any(entry["alg"] == -8 for entry in info.algorithms):
        result["eddsa"] = desk.register("eddsa", alg=-8)
        result["signedEddsa"] = desk.sign("eddsa")
    result["excluded"] = desk.refusal(desk.register, "again", exclude=["es256"])
    if "U2F_V2" in info.versions:
        result["u2f"] = desk.u2f()
    ClientPin(ctap).set_pin(desk.pin)
    rich = {"hmacCreateSecret": True, "credBlob": b"a blob", "largeBlobKey": True}
    result["rich"] = desk.register("rich", rk=True, pin=True, extensions=rich)
    for level in (2, 3):
        wanted = {"credentialProtectionPolicy": LEVEL[level - 1]}
        result["level%d" % level] = desk.register("level%d" % level, rk=True, pin=True, extensions=wanted)
    result["discovered"] = desk.sign(pin=True)
    one = desk.sign("rich", pin=True, extensions={"hmacGetSecret": {"salt1": SALTS[0]}})
    two = desk.sign("rich", pin=True, extensions={"hmacGetSecret": {"salt1": SALTS[1], "salt2": SALTS[0]}})
    secrets = [answer[0]["results"]["hmacGetSecret"] for answer in (one, two)]
    result["sameSecret"] = secrets[0]["output1"] == secrets[1]["output2"] != secrets[1]["output1"]
    result["blob"] = desk.sign("rich", pin=True, extensions={"getCredBlob": True})[0]["extensions"]
    if "largeBlobKey" in info.extensions:
        result["largeBlob"] = desk.large_blob("rich", b"a large blob")
    result["listed"] = desk.listed()
    return result


key.main(credentials, key.parser())
