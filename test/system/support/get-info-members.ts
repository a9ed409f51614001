/** getInfo as two programs see it, brought into one form. The numbers are written out here once more, on purpose. */

const NUMBER_OF: Readonly<Record<string, string>> = {
  versions: '1',
  extensions: '2',
  aaguid: '3',
  options: '4',
  maxMsgSize: '5',
  pinUvAuthProtocols: '6',
  maxCredentialCountInList: '7',
  maxCredentialIdLength: '8',
  transports: '9',
  algorithms: '10',
  maxSerializedLargeBlobArray: '11',
  forcePINChange: '12',
  minPINLength: '13',
  firmwareVersion: '14',
  maxCredBlobLength: '15',
  maxRPIDsForSetMinPINLength: '16',
  preferredPlatformUvAttempts: '17',
  uvModality: '18',
  certifications: '19',
  remainingDiscoverableCredentials: '20',
  vendorPrototypeConfigCommands: '21',
  attestationFormats: '22',
  uvCountSinceLastPinEntry: '23',
  longTouchForReset: '24',
  encIdentifier: '25',
  transportsForReset: '26',
  pinComplexityPolicy: '27',
  pinComplexityPolicyURL: '28',
  maxPINLength: '29',
  encCredStoreState: '30',
  authenticatorConfigCommands: '31',
};

/** Encrypted anew for each answer: only their presence can be compared. */
const CHANGING = ['25', '30'];

export type Members = Record<string, unknown>;

/** `info --json` of seckey, by member number. */
export function membersOfSeckey(info: Record<string, unknown>): Members {
  const members = Object.entries(info).flatMap(([name, value]) => {
    const number = NUMBER_OF[name];
    if (number === undefined) return [];
    if (name === 'aaguid') return [[number, (value as string).replaceAll('-', '')]];
    if (name === 'pinComplexityPolicyURL') return [[number, Buffer.from(value as string).toString('hex')]];
    return [[number, value]];
  });
  return masked(Object.fromEntries(members));
}

/** What python-fido2 decoded, by member number; byte strings in hex. */
export function membersOfPeer(members: Members): Members {
  return masked({ ...members });
}

function masked(members: Members): Members {
  for (const number of CHANGING) if (number in members) members[number] = 'present';
  return members;
}
