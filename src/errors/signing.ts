import { type Entry, entry } from './entry.ts'

/** Signing. */
export const signingErrors = {
  sign_key_unusable: entry(
    500,
    null,
    (d: { file: string; kind: 'public' | 'private'; found: string }) =>
      `Read the ${d.kind} key "${d.file}" failed: found ${d.found}, expected one Ed25519 key as PEM ("BEGIN ${d.kind === 'public' ? 'PUBLIC' : 'PRIVATE'} KEY"), without a passphrase; make a pair with: postern plugin keygen`,
  ),
  sign_key_missing: entry<void>(
    500,
    null,
    () => 'Sign an artifact failed: no key is given; name its file with --key FILE or POSTERN_SIGN_KEY_FILE',
  ),
  key_exists: entry(
    500,
    null,
    (d: { file: string }) =>
      `Write the key "${d.file}" failed: there is such a file, and a key that is overwritten is lost; choose another name with -o NAME`,
  ),
  key_unwritable: entry(500, null, (d: { file: string; reason: string }) => `Write the key "${d.file}" failed: ${d.reason}`),

  check_nothing: entry(
    500,
    null,
    (d: { folder: string; others: number }) =>
      `Check the artifacts in "${d.folder}" failed: there is none (.js files that are no artifacts: ${d.others}); compile one, or name another folder`,
  ),
} satisfies Record<string, Entry<never>>
