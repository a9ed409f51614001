"""getInfo of the first card, with python-fido2."""
from fido2.ctap2 import Ctap2
from fido2.pcsc import CtapPcscDevice

print(Ctap2(next(CtapPcscDevice.list_devices())).info)
