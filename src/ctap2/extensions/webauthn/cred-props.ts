/**
 * Output of WebAuthn's extension credProps (Level 3 §10.1.3): whether a new credential is discoverable. No key is
 * asked; it follows from the request.
 * @param rk option rk of makeCredential; false too where the credential was made by CTAP1, which knows no others
 */
export function credPropsOutput(rk: boolean): { rk: boolean } {
  return { rk };
}
