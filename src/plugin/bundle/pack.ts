import { type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { failure, textOf } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../json/json-path.ts'
import { parseJson } from '../../json/parse-json.ts'
import { hookEntries } from './hook-entries.ts'
import { readBundleKey, signatureDigests } from './key.ts'
import { type CheckMiddleware, MANIFEST, parseManifest } from './manifest.ts'
import { checksumsOf } from './verify.ts'

export interface PackOptions {
  /** The file of the manifest; the files it lists are relative to its folder. */
  readonly manifest: string
  /** A PEM file with an RSA or Ed25519 private key; `null` leaves the bundle unsigned. */
  readonly key: string | null
  readonly checkMiddleware: CheckMiddleware
}

/** A bundle, ready to be written. */
export interface PackedBundle {
  readonly zip: Buffer
  readonly fileList: readonly string[]
  readonly checksumSha256: string
}

/**
 * Makes a bundle of a manifest and the files that it lists, and writes checksums and signature into it. Equal input gives equal bytes
 * on every machine: nothing of the file system goes in, and nothing is compressed, since what a compressor writes depends on the
 * processor.
 *
 * @throws `bundle_source_unreadable`, `bundle_hooks_missing`, `bundle_driver_missing`, `bundle_source_missing`,
 *   `bundle_key_unusable`, and what {@link parseManifest} throws
 */
export async function packBundle({ manifest: file, key, checkMiddleware }: PackOptions): Promise<PackedBundle> {
  const source = await readSource(file)
  refuseUseless(source, file)
  const privateKey = key === null ? null : await readBundleKey(key, 'private')
  const files = await readListed(source, file)
  const bytes = Buffer.concat([...files.values()])
  const { checksum, checksumSha256 } = checksumsOf(bytes)
  const signature = privateKey === null ? '' : signatureOf(bytes, privateKey)
  const json = `${JSON.stringify({ ...source, checksum, checksum_sha256: checksumSha256, signature }, null, 2)}\n`
  const { fileList } = parseManifest(json, file, checkMiddleware)
  return { zip: await zipOf(new Map([...files, [MANIFEST, Buffer.from(json)]])), fileList, checksumSha256 }
}

async function readSource(file: string): Promise<JsonObject> {
  try {
    const source = parseJson(await readFile(file, 'utf8'), file)
    if (isJsonObject(source)) return source
    throw new Error('expected an object')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const reason = missing ? 'there is no such file' : textOf(error)
    throw failure('bundle_source_unreadable', { manifest: file, reason }, error)
  }
}

function refuseUseless({ custom_middleware: middleware, driver }: JsonObject, file: string): void {
  if (!isJsonObject(middleware) || hookEntries(middleware).length === 0) throw failure('bundle_hooks_missing', { manifest: file })
  if (!driver && !middleware.driver) throw failure('bundle_driver_missing', { manifest: file })
}

async function readListed({ file_list: list }: JsonObject, manifest: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const name of Array.isArray(list) ? list.map(String) : []) {
    try {
      files.set(name, await readFile(join(dirname(manifest), name)))
    } catch (error) {
      throw failure('bundle_source_missing', { manifest, file: name, reason: textOf(error) }, error)
    }
  }
  return files
}

function signatureOf(bytes: Buffer, key: KeyObject): string {
  return sign(signatureDigests[key.asymmetricKeyType ?? ''] ?? null, bytes, key).toString('base64')
}

async function zipOf(files: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const zip = new ZipFile()
  // The format keeps local time without a zone: the same figures come from every zone's own midnight.
  const options = { mtime: new Date(1980, 0, 1), mode: 0o100644, compress: false, forceDosTimestamp: true }
  for (const [name, content] of files) zip.addBuffer(content, name, options)
  zip.end()
  return buffer(zip.outputStream)
}
