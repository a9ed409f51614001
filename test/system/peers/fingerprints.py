"""fingerprints.py … sensor | list | enroll | rename | delete. What the preview is called on the wire, python-fido2 knows.

Standard input: {"pin"}; for enroll "name"; for rename "templateId": hex, "name"; for delete "templateId".
"""
from fido2.ctap2 import ClientPin
from fido2.ctap2.bio import BioEnrollment, CaptureError, FPBioEnrollment

import key


def sensor(bio, _):
    info = bio.get_fingerprint_sensor_info()
    return {
        "kind": info[BioEnrollment.RESULT.FINGERPRINT_KIND],
        "samples": info[BioEnrollment.RESULT.MAX_SAMPLES_REQUIRED],
    }


def listed(bio, _):
    return {"fingerprints": [{"templateId": t, "name": name} for t, name in bio.enumerate_enrollments().items()]}


def enroll(bio, request):
    enrolment, feedback, template_id = bio.enroll(10_000), [], None
    while template_id is None:
        try:
            template_id = enrolment.capture()
            feedback.append(0)
        except CaptureError as error:
            feedback.append(int(error.code))
    bio.set_name(template_id, request["name"])
    return {"templateId": template_id, "samples": feedback}


def rename(bio, request):
    bio.set_name(bytes.fromhex(request["templateId"]), request["name"])
    return {"templateId": request["templateId"]}


def delete(bio, request):
    bio.remove_enrollment(bytes.fromhex(request["templateId"]))
    return {"templateId": request["templateId"]}


ACTIONS = {"sensor": sensor, "list": listed, "enroll": enroll, "rename": rename, "delete": delete}


def work(options, ctap):
    request = key.secrets()
    authorised = key.authorised(options, ctap, request["pin"], ClientPin.PERMISSION.BIO_ENROLL)
    return ACTIONS[options.action](FPBioEnrollment(ctap, *authorised), request)


options = key.parser()
options.add_argument("action", choices=ACTIONS)
key.main(work, options)
