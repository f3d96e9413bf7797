import type { KeyObject } from 'node:crypto'
import { configSchema } from '../control/config/schema.ts'
import { middlewareProblems } from '../control/definition/read-hooks.ts'
import { hookEntries } from '../plugin/bundle/hook-entries.ts'
import { findInBundle, readBundleFiles } from '../plugin/bundle/read-bundle.ts'
import { openArchive } from '../plugin/bundle/unpack.ts'
import { type Inspection, inspectArtifact } from '../plugin/inspect.ts'
import { beginsWithStamp } from '../plugin/parse-stamp.ts'
import type { SigningPolicy } from '../plugin/signing/check-signature.ts'
import { current } from '../version.ts'
import { gatewayFor } from './find-artifacts.ts'

/** What a bundle and the artifacts in it are held against. */
export interface BundleCheck {
  /** The version of the gateway. */
  readonly gateway: string
  readonly signing: SigningPolicy
  /** The key of the bundle itself; `null` where any will do. */
  readonly publicKey: KeyObject | null
}

/** Whether a file begins as a zip does. */
export function isZip(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 4) === 'PK\x03\x04'
}

/**
 * Judges the artifacts in a bundle: those that its hooks name, and whatever else in it is one.
 *
 * @throws what is wrong with the bundle itself
 */
export async function inspectBundle(zip: Buffer, path: string, check: BundleCheck): Promise<Inspection[]> {
  const { gateway, signing, publicKey } = check
  const archive = await openArchive(zip, path, defaultLimits())
  const gates = { publicKey, checkMiddleware: middlewareProblems }
  const { manifest, files } = await readBundleFiles(path, (name) => archive.read(name), gates)
  const version = { ...current, version: gateway }
  const named = hookEntries(manifest.middleware).map((entry) => findInBundle(path, entry.path, files, version))
  const stamped = [...files].filter(([, content]) => beginsWithStamp(content)).map(([name]) => name)
  const names = [...new Set([...named, ...stamped])].sort()
  return names.map((name) =>
    inspectArtifact(files.get(name) as Buffer, `${path}/${name}`, gatewayFor(name, names, gateway), signing),
  )
}

function defaultLimits() {
  const { bundle_max_size, bundle_max_unpacked_size, bundle_max_files } = configSchema.parse({})
  return { maxSize: bundle_max_size, maxUnpackedSize: bundle_max_unpacked_size, maxFiles: bundle_max_files }
}
