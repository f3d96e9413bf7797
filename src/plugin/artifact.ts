import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { failure, isFailure, textOf } from '../errors.ts'
import { current, type Version } from '../version.ts'
import { type ArtifactParts, splitArtifact } from './artifact-parts.ts'
import { formatStamp, parseStamp, refuseStampless } from './parse-stamp.ts'
import { builtFor, refusalOf, signCommand } from './refusal.ts'
import { checkSignature, type SigningPolicy, signaturesUnverified } from './signing/check-signature.ts'
import type { Stamp } from './stamp.ts'

/** A compiled plugin, read and verified, not yet run. */
export interface Artifact {
  /** The file it was read from. */
  readonly path: string
  readonly stamp: Stamp
  /** The id of the key whose signature was verified; `null` where there is none, or nobody looked. */
  readonly signedBy: string | null
  /** CommonJS text: the file after its stamp and signature lines, without the inline source map. */
  readonly code: string
  /** The source map of `code`, as JSON; `null` where there is none. */
  readonly sourceMap: string | null
}

const MAP_COMMENT = '\n//# sourceMappingURL='
const MAP_URL = 'data:application/json;base64,'
const NOT_BASE64 = /[^\w+/=]/

/**
 * Writes an artifact: the text of its file. Equal input gives equal text.
 *
 * @param sourceMap JSON; its first line is the first line of `code`. '' leaves the map out.
 */
export function sealArtifact(stamp: Omit<Stamp, 'sha256'>, code: string, sourceMap: string): string {
  const map = Buffer.from(sourceMap).toString('base64')
  const body = map ? `${code.trimEnd()}${MAP_COMMENT}${MAP_URL}${map}\n` : code
  return formatStamp({ ...stamp, sha256: digestOf(body) }) + body
}

/**
 * Reads an artifact from the bytes of its file without running anything, and verifies its format and its digest. Its signature is
 * not verified, nor whether a gateway would run it: {@link admitArtifact} does that.
 *
 * @param running the gateway that an error's rebuild command is for.
 * @throws artifact_signature_malformed, artifact_changed, and what {@link parseStamp} throws
 */
export function parseArtifact(bytes: Buffer, path: string, running: Version = current): Artifact {
  const parts = splitArtifact(bytes)
  const { stamp, signedBy } = readStamp(parts, path, running, signaturesUnverified)
  return readBody(parts, path, running, { stamp, signedBy })
}

/**
 * Puts an artifact through every gate there is before it is run, in this order: signature, format, version, digest. Nothing that a
 * line says is believed before the gate in front of it is passed.
 *
 * @throws artifact_changed, and what {@link checkSignature}, {@link parseStamp} and {@link checkVersion} throw
 */
export function admitArtifact(bytes: Buffer, path: string, running: Version, signing: SigningPolicy): Artifact {
  const parts = splitArtifact(bytes)
  const { stamp, signedBy } = readStamp(parts, path, running, signing)
  checkVersion({ path, stamp }, running)
  return readBody(parts, path, running, { stamp, signedBy })
}

type Head = Pick<Artifact, 'stamp' | 'signedBy'>

function readStamp(parts: ArtifactParts, path: string, running: Version, signing: SigningPolicy): Head {
  const refusal = refusalOf(path, running)
  refuseStampless(parts.stampLine, refusal)
  const signedBy = checkSignature(parts, signing, { path, sign: signCommand(path, running) })
  return { stamp: parseStamp(parts.stampLine, refusal), signedBy }
}

function readBody({ body }: ArtifactParts, path: string, running: Version, { stamp, signedBy }: Head): Artifact {
  if (digestOf(body) === stamp.sha256) return { path, stamp, signedBy, ...splitSourceMap(body) }
  throw failure('artifact_changed', { ...refusalOf(path, running), builtFor: builtFor(stamp) })
}

/**
 * Refuses an artifact that was built for another gateway than `running`: version, build and contract are to be equal.
 *
 * @throws artifact_version_mismatch, artifact_contract_mismatch
 */
export function checkVersion({ path, stamp }: Pick<Artifact, 'path' | 'stamp'>, running: Version): void {
  const details = { ...refusalOf(path, running), builtFor: builtFor(stamp) }
  if (stamp.gateway !== running.version || stamp.build !== running.build) throw failure('artifact_version_mismatch', details)
  if (stamp.contract !== running.contract) {
    const [found, expected] = [stamp.contract.slice(0, 12), running.contract.slice(0, 12)]
    throw failure('artifact_contract_mismatch', { ...details, found, expected })
  }
}

/**
 * Reads and verifies the artifact at `path`. `dir/plugin_vX.Y.Z.js`, X.Y.Z being the running version, is taken before
 * `dir/plugin.js`, so that builds for two gateway versions can lie side by side during a rolling upgrade.
 *
 * @throws artifact_native, artifact_missing, artifact_unreadable, and what {@link admitArtifact} throws
 */
export async function readArtifact(path: string, running: Version, signing: SigningPolicy): Promise<Artifact> {
  if (/\.so$/i.test(path)) throw failure('artifact_native', { path })
  for (const candidate of candidatesOf(path, running)) {
    const bytes = await readIfThere(candidate)
    if (bytes) return admitArtifact(bytes, candidate, running, signing)
  }
  throw failure('artifact_missing', { ...refusalOf(path, running), versioned: basename(candidatesOf(path, running)[0]) })
}

/** The files that `path` may mean, in the order in which they are looked for. */
export function candidatesOf(path: string, running: Pick<Version, 'version'>): [versioned: string, exact: string] {
  return [path.replace(/(\.js)?$/, `_v${running.version}$1`), path]
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    // Reading a pipe or a device could wait for ever.
    if (!(await stat(path)).isFile()) throw failure('artifact_unreadable', { path, reason: 'it is not a regular file' })
    return await readFile(path)
  } catch (error) {
    if (isFailure(error)) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw failure('artifact_unreadable', { path, reason: textOf(error) }, error)
  }
}

/** Takes the map off the code, so that V8 never holds it: it is often larger than the code. */
function splitSourceMap(body: Buffer): Pick<Artifact, 'code' | 'sourceMap'> {
  const at = body.lastIndexOf(MAP_COMMENT + MAP_URL)
  const map = at < 0 ? '' : body.toString('latin1', at + MAP_COMMENT.length + MAP_URL.length).trimEnd()
  if (!map || NOT_BASE64.test(map)) return { code: body.toString(), sourceMap: null }
  return { code: body.toString('utf8', 0, at + 1), sourceMap: Buffer.from(map, 'base64').toString() }
}

function digestOf(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}
