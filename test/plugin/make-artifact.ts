import { type Artifact, parseArtifact, sealArtifact } from '../../src/plugin/artifact.ts'
import { STAMP_FORMAT, type Stamp } from '../../src/plugin/stamp.ts'
import { current } from '../../src/version.ts'

export interface ArtifactOptions {
  /** Fields of the stamp that differ from an artifact built for the running gateway. */
  stamp?: Partial<Omit<Stamp, 'sha256'>>
  /** The source map of the code, as JSON. */
  sourceMap?: string
}

/** The text of an artifact, from CommonJS text: `exports.Greet = (c) => { … }`. */
export function makeArtifact(code: string, { stamp = {}, sourceMap = '' }: ArtifactOptions = {}): string {
  const defaults: Omit<Stamp, 'sha256'> = {
    format: STAMP_FORMAT,
    gateway: current.version,
    build: current.build,
    contract: current.contract,
    node: process.versions.node,
    name: 'sample',
    version: '1.0.0',
    exports: [],
    permissions: {},
    source: { digest: '', lockfile: '' },
    packages: [],
  }
  return sealArtifact({ ...defaults, ...stamp }, code, sourceMap)
}

/** The same, read as the gateway reads it, ready for `loadArtifact`. */
export function artifactOf(code: string, options?: ArtifactOptions): Artifact {
  return parseArtifact(Buffer.from(makeArtifact(code, options)), '/plugins/sample/plugin.js')
}
