/** Which of the PC/SC libraries that seckey knows is at work. */
import { FidoError } from '../../errors.ts';
import { bindingFault, loadBinding } from './pcsc-binding.ts';
import { PCSC_LIBRARIES, type PcscLibrary, type PcscLibraryName } from './pcsc-library.ts';

type Loader = () => Promise<PcscLibrary>;

// Loaded only when wanted: each is a native module.
const LOADERS: Readonly<Record<PcscLibraryName, Loader>> = {
  'nfc-pcsc': async () => {
    const binding = await loadBinding();
    return (await import('./nfc-pcsc-library.ts')).nfcPcsc(binding);
  },
  'pcsc-mini': async () => (await import('./pcsc-mini-library.ts')).loadPcscMini(),
};

/** The library that SECKEY_PCSC names; undefined without it. @throws {FidoError} `usage` for one that nobody knows */
export function namedPcscLibrary(name = process.env.SECKEY_PCSC): PcscLibraryName | undefined {
  if (!name) return undefined;
  const known = PCSC_LIBRARIES.find((each) => each === name);
  if (known) return known;
  throw new FidoError('usage', `SECKEY_PCSC is ${name}, which is no PC/SC library that seckey knows`, {
    hint: `Set it to ${PCSC_LIBRARIES.join(' or ')}, or do not set it.`,
  });
}

/**
 * The library that is asked for, or the first that loads.
 * @throws {FidoError} `nfc-unavailable`, with what to do about it; `usage`
 */
export async function loadPcscLibrary(
  named: PcscLibraryName | undefined = namedPcscLibrary(),
  loaders: Readonly<Record<PcscLibraryName, Loader>> = LOADERS,
): Promise<PcscLibrary> {
  if (named) return loaders[named]();
  const [first, ...others] = PCSC_LIBRARIES;
  try {
    return await loaders[first]();
  } catch (error) {
    // All of them need the system's own library.
    if (!(error instanceof FidoError) || bindingFault(error.cause) === 'library-missing') throw error;
    return loadAnother(others, loaders, error);
  }
}

/** @param error why the first does not load, which is what there is to mend if no other does either */
async function loadAnother(
  names: readonly PcscLibraryName[],
  loaders: Readonly<Record<PcscLibraryName, Loader>>,
  error: FidoError,
): Promise<PcscLibrary> {
  for (const name of names) {
    try {
      return await loaders[name]();
    } catch (another) {
      // What it lacks is less than a compiler.
      if (another instanceof FidoError && bindingFault(another.cause) === 'library-missing') throw another;
    }
  }
  throw error;
}
