import type { KeyObject } from 'node:crypto'
import { posix } from 'node:path'
import { failure } from '../../errors.ts'
import type { Version } from '../../version.ts'
import { candidatesOf, checkVersion, parseArtifact } from '../artifact.ts'
import { refusalOf } from '../refusal.ts'
import { hookEntries } from './hook-entries.ts'
import { type CheckMiddleware, MANIFEST, type Manifest, parseManifest } from './manifest.ts'
import { verifyBundle } from './verify.ts'

/** What a bundle has to be equal to. */
export interface BundleGates {
  /** `null` where bundles need no signature. */
  readonly publicKey: KeyObject | null
  /** The gateway that its artifacts have to be built for. */
  readonly version: Version
  readonly checkMiddleware: CheckMiddleware
}

/** A bundle that has passed every gate. */
export interface ReadBundle {
  readonly manifest: Manifest
  /** The manifest and the files it lists, and nothing else. */
  readonly files: ReadonlyMap<string, Buffer>
}

/**
 * Reads a bundle, fetched or kept, and puts it through every gate. What the manifest does not list is not read, since nothing vouches
 * for it.
 *
 * @param read gives the content of a file of the bundle, or `null`
 * @throws `bundle_manifest_missing`, `bundle_file_missing`, and what the gates throw
 */
export async function readBundle(
  bundle: string,
  read: (name: string) => Promise<Buffer | null>,
  gates: BundleGates,
): Promise<ReadBundle> {
  const json = await read(MANIFEST)
  if (json === null) throw failure('bundle_manifest_missing', { bundle })
  const manifest = parseManifest(json.toString(), `${bundle}/${MANIFEST}`, gates.checkMiddleware)
  const files = new Map([[MANIFEST, json]])
  const contents: Buffer[] = []
  for (const name of manifest.fileList) {
    const content = await read(name)
    if (content === null) throw failure('bundle_file_missing', { bundle, file: name })
    files.set(name, content)
    contents.push(content)
  }
  verifyBundle(bundle, manifest, Buffer.concat(contents), gates.publicKey)
  for (const { path } of hookEntries(manifest.middleware)) checkArtifact(bundle, posix.normalize(path), files, gates.version)
  return { manifest, files }
}

/** The same gates as before an artifact is run, so that a bundle that could not run never replaces one that does. */
function checkArtifact(bundle: string, path: string, files: ReadonlyMap<string, Buffer>, version: Version): void {
  const shown = `${bundle}/${path}`
  if (/\.so$/i.test(path)) throw failure('artifact_native', { path: shown })
  const names = candidatesOf(path, version)
  const name = names.find((each) => files.has(each))
  if (name === undefined) throw failure('artifact_missing', { ...refusalOf(shown, version), versioned: names[0] })
  checkVersion(parseArtifact(files.get(name) as Buffer, `${bundle}/${name}`, version), version)
}
