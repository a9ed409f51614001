"""How many tries are left for the PIN, and whether a power cycle is wanted."""
import key

key.main(lambda options, ctap: key.retries(key.client_pin(options, ctap)), key.parser())
