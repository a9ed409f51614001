"""wrong_pin.py … N: tries a PIN N times and lists the answers with the tries left. Standard input: {"pin"}."""
from fido2.ctap import CtapError

import key


def wrong_pin(options, ctap):
    client, pin = key.client_pin(options, ctap), key.secrets()["pin"]
    answers = []
    for _ in range(options.times):
        try:
            key.verify(client, pin)
            answers.append({"status": 0, **key.retries(client)})
        except CtapError as error:
            answers.append({"status": int(error.code), "name": error.code.name, **key.retries(client)})
    return {"answers": answers}


options = key.parser()
options.add_argument("times", type=int)
key.main(wrong_pin, options)
