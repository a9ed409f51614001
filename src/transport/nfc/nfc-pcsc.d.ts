/** What seckey uses of nfc-pcsc, which has no types of its own. */
declare module 'nfc-pcsc' {
  export const NFC: new () => import('./pcsc-binding.ts').Nfc;
}
