import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { failure, textOf } from '../errors.ts'
import { keyIdOf } from '../plugin/signing/key.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/** `postern plugin keygen`: makes a pair of keys to sign artifacts with, and overwrites none. */
export const pluginKeygen: Command = async (args, io) => {
  const { output = 'postern-plugins' } = readOptions('plugin keygen', args, ['output'], { output: 'o' })
  const [privateFile, publicFile] = [`${output}.key`, `${output}.pub`]
  for (const file of [privateFile, publicFile]) if (existsSync(file)) throw failure('key_exists', { file })

  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  await write(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600)
  try {
    await write(publicFile, publicKey.export({ type: 'spki', format: 'pem' }), 0o644)
  } catch (error) {
    await rm(privateFile, { force: true })
    throw error
  }
  io.out(`key id: ${keyIdOf(publicKey)}`)
  io.out(`wrote ${privateFile}   signs; keep it secret, and away from gateways`)
  io.out(`wrote ${publicFile}   verifies; name it in plugin_public_keys of gateway.conf`)
  return 0
}

async function write(file: string, pem: string | Buffer, mode: number): Promise<void> {
  try {
    await writeFile(file, pem, { mode, flag: 'wx' })
  } catch (error) {
    throw failure('key_unwritable', { file, reason: textOf(error) }, error)
  }
}
