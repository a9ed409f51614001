/** Software keys of the user's state directory: making, finding, serving and deleting them. */
export { type ServedKey, type ServeOptions, serveSoftwareKeys as serve } from './serve-software-keys.ts';
export {
  createSoftwareKey as create,
  deleteSoftwareKey as delete,
  listSoftwareKeys as list,
  type NewSoftwareKey,
  openSoftwareKeys as open,
  replugSoftwareKey as replug,
  type SimulatedUser,
  type SoftwareKeyEntry,
  type SoftwareKeys,
  type SoftwareKeysOptions,
  softwareKeyModels as models,
} from './software-keys.ts';
