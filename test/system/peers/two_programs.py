"""two_programs.py --hid: two programs with the same key open, each on a channel of its own (CTAP 2.3 §11.2.3).

Standard input: {"pin"}. One lists relying parties while the other reads along, tries to go on with the list, and touches.
"""
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, CredentialManagement, Ctap2

import key

CMD = CredentialManagement.CMD
RP_ID_HASH = CredentialManagement.RESULT.RP_ID_HASH


def refusal(work, *args, **members):
    try:
        work(*args, **members)
    except CtapError as error:
        return int(error.code)
    return 0


def work(options, one):
    other = Ctap2(key.open_device(options))
    pin = key.secrets()["pin"]

    def manager(ctap):
        return CredentialManagement(ctap, *key.authorised(options, one, pin, ClientPin.PERMISSION.CREDENTIAL_MGMT))

    listing = manager(one)
    first = listing.enumerate_rps_begin()
    read_along = [other.get_info().aaguid == one.info.aaguid, ClientPin(other).get_pin_retries()[0]]
    second = listing.enumerate_rps_next()
    listing.enumerate_rps_begin()
    return {
        "different": first[RP_ID_HASH] != second[RP_ID_HASH],
        "readAlong": read_along,
        "continuedByOther": refusal(other.credential_mgmt, CMD.ENUMERATE_RPS_NEXT),
        "continuedAfterwards": refusal(listing.enumerate_rps_next),
        "messages": [device.device.ping(data) == data for data in (b"x" * 500,) for device in (one, other)],
    }


key.main(work, key.parser())
