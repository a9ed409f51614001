"""Changes the PIN. Standard input: {"pin", "newPin"}."""
import key


def pin_change(options, ctap):
    client, pins = key.client_pin(options, ctap), key.secrets()
    client.change_pin(pins["pin"], pins["newPin"])
    return {"changed": True, "protocol": client.protocol.VERSION, **key.retries(client)}


key.main(pin_change, key.parser())
