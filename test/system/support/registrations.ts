/** What the tests register: three sites, users with names in three scripts, one without, and what comes with them. */

export interface Registration {
  rpId: string;
  rpName?: string;
  /** Hex. */
  userId: string;
  name?: string;
  displayName?: string;
  alg?: number;
  credProtect?: number;
  hmacSecret?: boolean;
  largeBlobKey?: boolean;
}

const EDDSA = -8;

const EXAMPLE = { rpId: 'example.com', rpName: 'Example' };
const BANK = { rpId: 'bank.example', rpName: 'Straßenbank' };
const OTHER = { rpId: 'accounts.example.net', rpName: '例え' };

export const REGISTRATIONS: readonly Registration[] = [
  { ...EXAMPLE, userId: '00', name: 'alice@example.com', displayName: 'Alice Example', hmacSecret: true },
  { ...BANK, userId: 'ff'.repeat(64), name: 'müller', displayName: 'Müller, "Jörg"', credProtect: 3 },
  { ...EXAMPLE, userId: '0102', name: 'ليلى', displayName: 'ليلى حداد', alg: EDDSA },
  { ...OTHER, userId: 'a0'.repeat(16), name: '山田太郎', displayName: '山田 太郎', largeBlobKey: true },
  { ...EXAMPLE, userId: '0a0b0c' },
  { ...BANK, userId: '07', name: '=cmd|calc', credProtect: 2 },
  { ...OTHER, userId: 'a1', name: 'hanako', displayName: '花子', largeBlobKey: true, credProtect: 3, alg: EDDSA },
  { ...BANK, userId: '08', name: 'zoë', displayName: '👩‍💻 Zoë', credProtect: 1, hmacSecret: true },
];
