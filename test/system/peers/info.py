"""authenticatorGetInfo: every member by its number, and what python-fido2 makes of the ones it knows."""
from fido2.ctap2.base import Info

import key


def info(_, ctap):
    known = ctap.info
    names = {
        member.name: known.data[member] for member in Info.KEY if member in known.data
    }
    return {"members": {int(number): value for number, value in known.data.items()}, "known": names}


key.main(info, key.parser())
