"""Gets a token for the PIN. Standard input: {"pin"}."""
import key


def pin_verify(options, ctap):
    client = key.client_pin(options, ctap)
    token = key.verify(client, key.secrets()["pin"])
    return {"verified": True, "protocol": client.protocol.VERSION, "tokenLength": len(token), **key.retries(client)}


key.main(pin_verify, key.parser())
