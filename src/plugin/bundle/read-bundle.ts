import type { KeyObject } from 'node:crypto'
import { posix } from 'node:path'
import { failure } from '../../errors.ts'
import type { Version } from '../../version.ts'
import { admitArtifact, candidatesOf } from '../artifact.ts'
import { refusalOf } from '../refusal.ts'
import type { SigningPolicy } from '../signing/check-signature.ts'
import { hookEntries } from './hook-entries.ts'
import { type CheckMiddleware, MANIFEST, type Manifest, parseManifest } from './manifest.ts'
import { verifyBundle } from './verify.ts'

/** What a bundle has to be equal to. */
export interface BundleGates {
  /** `null` where bundles need no signature. */
  readonly publicKey: KeyObject | null
  /** The gateway that its artifacts have to be built for. */
  readonly version: Version
  /** Whom its artifacts have to be signed by. */
  readonly signing: SigningPolicy
  readonly checkMiddleware: CheckMiddleware
}

/** A bundle that has passed the gates it was put through. */
export interface ReadBundle {
  readonly manifest: Manifest
  /** The manifest and the files it lists, and nothing else. */
  readonly files: ReadonlyMap<string, Buffer>
}

/** Gives the content of a file of a bundle, or `null`. */
type Read = (name: string) => Promise<Buffer | null>

/**
 * Reads a bundle, fetched or kept, and puts it through every gate.
 *
 * @throws what {@link readBundleFiles}, {@link findInBundle} and {@link admitArtifact} throw
 */
export async function readBundle(bundle: string, read: Read, gates: BundleGates): Promise<ReadBundle> {
  const { manifest, files } = await readBundleFiles(bundle, read, gates)
  // The same gates as before an artifact is run, so that a bundle that could not run never replaces one that does.
  for (const { path } of hookEntries(manifest.middleware)) {
    const name = findInBundle(bundle, path, files, gates.version)
    admitArtifact(files.get(name) as Buffer, `${bundle}/${name}`, gates.version, gates.signing)
  }
  return { manifest, files }
}

/**
 * Reads a bundle, and leaves its artifacts to the caller. What the manifest does not list is not read, since nothing vouches for it.
 *
 * @throws `bundle_manifest_missing`, `bundle_file_missing`, and what the gates of manifest, checksums and signature throw
 */
export async function readBundleFiles(
  bundle: string,
  read: Read,
  gates: Pick<BundleGates, 'publicKey' | 'checkMiddleware'>,
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
  return { manifest, files }
}

/**
 * The name in the bundle of the artifact that a hook calls `path`.
 *
 * @throws artifact_native, artifact_missing
 */
export function findInBundle(bundle: string, path: string, files: ReadonlyMap<string, Buffer>, version: Version): string {
  const shown = `${bundle}/${posix.normalize(path)}`
  if (/\.so$/i.test(path)) throw failure('artifact_native', { path: shown })
  const names = candidatesOf(posix.normalize(path), version)
  const name = names.find((each) => files.has(each))
  if (name !== undefined) return name
  throw failure('artifact_missing', { ...refusalOf(shown, version), versioned: names[0] })
}
