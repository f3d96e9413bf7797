import { answer, type Entry, entry } from './entry.ts'

/** Paths and addresses that are kept out. */
export const accessErrors = {
  endpoint_forbidden: answer(403, 'Requested endpoint is forbidden'),
  address_forbidden: entry(
    403,
    'access from this IP has been disallowed',
    (d: { address: string }) => `access from this IP has been disallowed: "${d.address}" (allowed_ips, blacklisted_ips)`,
  ),
} satisfies Record<string, Entry<never>>
