import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { failure, textOf } from '../../errors.ts'

/** An Ed25519 key, public or private. */
export interface SigningKey {
  /** What signatures call it: see {@link keyIdOf}. */
  readonly id: string
  /** Where it was read from. */
  readonly file: string
  readonly key: KeyObject
}

type KeyKind = 'public' | 'private'

const labels: Readonly<Record<KeyKind, string>> = { public: 'PUBLIC KEY', private: 'PRIVATE KEY' }

/** The id of a key: the first 16 hex digits of the SHA-256 of its public half, as DER (SPKI). */
export function keyIdOf(key: KeyObject): string {
  const der = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex').slice(0, 16)
}

/**
 * Reads one Ed25519 key from a PEM file: public as SPKI, private as PKCS #8 without a passphrase.
 *
 * @throws sign_key_unusable, which says what the file holds instead, and nothing of a key itself
 */
export async function readKey(file: string, kind: KeyKind): Promise<SigningKey> {
  const pem = await contentOf(file, kind)
  const wrong = describeOther(pem, kind)
  if (wrong !== null) throw failure('sign_key_unusable', { file, kind, found: wrong })
  const key = parse(pem, file, kind)
  if (key.asymmetricKeyType === 'ed25519') return { id: keyIdOf(key), file, key }
  throw failure('sign_key_unusable', { file, kind, found: `a ${kind} key of the type "${key.asymmetricKeyType}"` })
}

async function contentOf(file: string, kind: KeyKind): Promise<string> {
  try {
    return await readFile(file, 'latin1')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw failure(
      'sign_key_unusable',
      { file, kind, found: missing ? 'no such file' : `no file that can be read (${textOf(error)})` },
      error,
    )
  }
}

/**
 * What a file holds, if that is not one block with the expected label. Node's parser takes the first block that suits it and, where
 * a public key is wanted, a private one too: a gateway that verifies has no business with that.
 */
function describeOther(pem: string, kind: KeyKind): string | null {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label = '']) => label)
  const [label] = blocks
  if (label === undefined) return 'no PEM text'
  if (blocks.length > 1) return `${blocks.length} PEM blocks`
  if (label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(pem)) return 'an encrypted private key'
  return label === labels[kind] ? null : `a PEM block called "${label}"`
}

function parse(pem: string, file: string, kind: KeyKind): KeyObject {
  try {
    return kind === 'public' ? createPublicKey(pem) : createPrivateKey(pem)
  } catch (error) {
    throw failure('sign_key_unusable', { file, kind, found: 'a PEM block that cannot be decoded' }, error)
  }
}
