"""authenticatorReset. The key has to have been powered up just before. Gives up after --patience seconds."""
import key


def reset(options, ctap):
    statuses = []
    ctap.reset(event=key.within(options.patience), on_keepalive=lambda status: statuses.append(int(status)))
    return {"reset": True, "keepalives": statuses}


options = key.parser()
options.add_argument("--patience", type=float, default=20)
key.main(reset, options)
