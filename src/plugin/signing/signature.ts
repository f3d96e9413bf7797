/** The signature of an artifact: its line 2. */
export interface Signature {
  /** The id of the key that made it. */
  readonly keyId: string
  /** Ed25519 over line 1, line feed included. */
  readonly bytes: Buffer
}

/** How line 2 begins, if it is a signature at all. */
export const SIGNATURE_MARK = '/*! postern-sig '

const LINE = /^\/\*! postern-sig ([0-9a-f]{16}) ([\w-]{86}) \*\/\n$/

/** Writes line 2. */
export function formatSignature({ keyId, bytes }: Signature): string {
  return `${SIGNATURE_MARK}${keyId} ${bytes.toString('base64url')} */\n`
}

/** Reads line 2; `null` for what {@link formatSignature} would not write. */
export function parseSignature(line: string): Signature | null {
  const [, keyId = '', text = ''] = LINE.exec(line) ?? []
  const signature = { keyId, bytes: Buffer.from(text, 'base64url') }
  // The last digit of 64 bytes in base64url has four bits to spare: one signature, one spelling.
  return formatSignature(signature) === line ? signature : null
}
