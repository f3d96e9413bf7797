import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keyIdOf, type SigningKey } from '../../src/plugin/signing/key.ts'

/** A private key, and the file of its public half. */
export interface KeyPair {
  readonly id: string
  readonly signKey: SigningKey
  readonly publicFile: string
  readonly privateFile: string
}

/** Makes `NAME.key` and `NAME.pub` in a folder. */
export async function makeKeyPair(folder: string, name: string): Promise<KeyPair> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const [privateFile, publicFile] = [join(folder, `${name}.key`), join(folder, `${name}.pub`)]
  await writeFile(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(publicFile, publicKey.export({ type: 'spki', format: 'pem' }))
  const id = keyIdOf(publicKey)
  return { id, signKey: { id, file: privateFile, key: privateKey }, publicFile, privateFile }
}
