/** What the page asks of its browser, as WebAuthn's JSON: byte strings are base64url. */
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const SECONDS = 1_000;

const CHALLENGE = base64url('a challenge');
const FIRST = base64url('first salt');
const SECOND = base64url('second salt');
const UNKNOWN = base64url('x'.repeat(64));

const listed = (id: string) => ({ type: 'public-key', id });

export const BROWSER_SCENES = {
  challenge: CHALLENGE,
  salts: [FIRST, SECOND],
  blob: base64url('a blob from a page'),
  /** Of a credential that no key has. */
  unknown: UNKNOWN,
  register: (known: readonly string[]) => ({
    challenge: CHALLENGE,
    rp: { id: 'localhost', name: 'A page' },
    user: { id: base64url('browser user'), name: 'browser', displayName: 'Browser User' },
    pubKeyCredParams: [-257, -7].map((alg) => ({ type: 'public-key', alg })),
    // The shell turns "required" down, for it cannot let people choose between passkeys.
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'required' },
    excludeCredentials: known.map(listed),
    extensions: { prf: { eval: { first: FIRST } } },
    timeout: 100 * SECONDS,
  }),
  // A blob is only written with a list of one.
  signIn: (ids: readonly string[], extensions: object = {}) => ({
    challenge: CHALLENGE,
    rpId: 'localhost',
    allowCredentials: ids.map(listed),
    userVerification: 'required',
    extensions: { prf: { eval: { first: FIRST, second: SECOND } }, ...extensions },
    timeout: 100 * SECONDS,
  }),
};
