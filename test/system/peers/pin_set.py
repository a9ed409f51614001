"""Sets the first PIN. Standard input: {"newPin"}."""
import key


def pin_set(options, ctap):
    client = key.client_pin(options, ctap)
    client.set_pin(key.secrets()["newPin"])
    return {"set": True, "protocol": client.protocol.VERSION, **key.retries(client)}


key.main(pin_set, key.parser())
