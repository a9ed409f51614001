"""What the peers have in common: the options, opening a key with Debian's python-fido2, and JSON in and out.

    NAME.py [--reader NAME | --hid [PATH]] [--protocol 1|2] …

PINs come as JSON on standard input. Prints one JSON document: the result, or {"error": {"name", "status"?, …}} (exit 1).
"""
import argparse
import json
import sys
import threading

from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2
from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2

PROTOCOLS = {1: PinProtocolV1, 2: PinProtocolV2}


def parser():
    options = argparse.ArgumentParser()
    options.add_argument("--reader", help="PC/SC reader, or a part of its name")
    options.add_argument("--hid", nargs="?", const="", help="HID device; without a path, the first one")
    options.add_argument("--protocol", type=int, choices=(1, 2), help="PIN/UV auth protocol; default: the key's first")
    return options


def open_device(options):
    if options.hid is None:
        from functools import partial

        from fido2.pcsc import CtapPcscDevice
        from smartcard.scard import SCARD_LEAVE_CARD
        from smartcard.System import readers

        for reader in readers():
            if (options.reader or "") in reader.name:
                connection = reader.createConnection()
                # By default pyscard takes the power from the card when it is done: a power cycle nobody asked for.
                connection.connect = partial(connection.connect, disposition=SCARD_LEAVE_CARD)
                return CtapPcscDevice(connection, reader.name)
        raise SystemExit("no such reader")
    from fido2.hid import CtapHidDevice, open_device as open_path

    if options.hid:
        return open_path(options.hid)
    for device in CtapHidDevice.list_devices():
        return device
    raise SystemExit("no HID key")


def client_pin(options, ctap):
    return ClientPin(ctap, PROTOCOLS[options.protocol]() if options.protocol else None)


def verify(pin_client, pin):
    """Wants a PIN token; the permissions are ignored by keys that know none."""
    wanted = ClientPin.PERMISSION.MAKE_CREDENTIAL | ClientPin.PERMISSION.GET_ASSERTION
    return pin_client.get_pin_token(pin, wanted, "example.com")


def authorised(options, ctap, pin, permission, rp_id=None):
    """A token for one purpose, with the protocol it goes with."""
    client = client_pin(options, ctap)
    return client.protocol, client.get_pin_token(pin, permission, rp_id)


def retries(pin_client):
    tries, power_cycle = pin_client.get_pin_retries()
    return {"retries": tries, "powerCycleState": power_cycle}


def secrets():
    return json.load(sys.stdin)


def within(seconds):
    """An event that cancels what is still waiting for a touch by then."""
    event = threading.Event()
    timer = threading.Timer(seconds, event.set)
    timer.daemon = True
    timer.start()
    return event


def plain(value):
    """CBOR as JSON: byte strings in hex, keys as text."""
    if isinstance(value, dict):
        return {str(int(k) if isinstance(k, int) else plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def main(work, options):
    """Runs work(options, ctap) and prints what it returns."""
    arguments = options.parse_args()
    try:
        device = open_device(arguments)
        try:
            result = work(arguments, Ctap2(device))
        finally:
            device.close()
    except CtapError as error:
        answer(name=getattr(error.code, "name", "?"), status=int(error.code))
    except Exception as error:
        answer(name=type(error).__name__, message=str(error))
    print(json.dumps(plain(result)))


def answer(**error):
    print(json.dumps({"error": error}))
    sys.exit(1)
