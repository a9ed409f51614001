"""config.py … toggle-always-uv | min-pin-length | enterprise | long-touch: authenticatorConfig.

Standard input: {"pin"?}; for min-pin-length also "length"?, "rpIds"?, "forceChange"?. Prints the options and members
that getInfo has afterwards.
"""
from fido2.ctap2 import ClientPin
from fido2.ctap2.config import Config

import key

ENABLE_LONG_TOUCH_FOR_RESET = 4
LONG_TOUCH_FOR_RESET = 0x18


def min_pin_length(config, request):
    config.set_min_pin_length(request.get("length"), request.get("rpIds"), request.get("forceChange"))


# python-fido2 0.9.1 has no methods for two of them.
ACTIONS = {
    "toggle-always-uv": lambda config, _: config.toggle_always_uv(),
    "min-pin-length": min_pin_length,
    "enterprise": lambda config, _: config._call(Config.CMD.ENABLE_ENTERPRISE_ATT),
    "long-touch": lambda config, _: config._call(ENABLE_LONG_TOUCH_FOR_RESET),
}


def work(options, ctap):
    request = key.secrets()
    authorised = ()
    if "pin" in request:
        authorised = key.authorised(options, ctap, request["pin"], ClientPin.PERMISSION.AUTHENTICATOR_CFG)
    ACTIONS[options.action](Config(ctap, *authorised), request)
    info = ctap.get_info()
    settings = {
        "alwaysUv": info.options.get("alwaysUv"),
        "enterpriseAttestation": info.options.get("ep"),
        "longTouchForReset": info.data.get(LONG_TOUCH_FOR_RESET),
        "minPINLength": info.min_pin_length,
        "forcePINChange": info.force_pin_change,
        "maxRPIDsForSetMinPINLength": info.max_rpids_for_min_pin,
    }
    return {name: value for name, value in settings.items() if value is not None}


options = key.parser()
options.add_argument("action", choices=ACTIONS)
key.main(work, options)
