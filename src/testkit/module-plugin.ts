import { createHash } from 'node:crypto'
import type { Artifact } from '../plugin/artifact.ts'
import type { KeyValue } from '../plugin/contract/index.ts'
import { disposeExports } from '../plugin/dispose-exports.ts'
import { collectExports, type LoadedArtifact, ownerOf, type PluginHost } from '../plugin/loader.ts'
import type { PluginOwner } from '../plugin/owner.ts'
import { STAMP_FORMAT } from '../plugin/stamp.ts'
import type { Version } from '../version.ts'

/** The owner of a module's plugins: unlike an artifact, a module has no `kv` of its own to import. */
export interface ModuleOwner extends PluginOwner {
  readonly kv: KeyValue
}

export function isModuleOwner(owner: PluginOwner | null): owner is ModuleOwner {
  return owner !== null && 'kv' in owner
}

/** What stands for the artifact of a module that runs already. */
export function artifactOfModule(name: string, path: string, { version, build, contract }: Version): Artifact {
  return {
    path,
    code: '',
    sourceMap: null,
    signedBy: null,
    stamp: {
      format: STAMP_FORMAT,
      gateway: version,
      build,
      contract,
      node: process.versions.node,
      name,
      version: '0.0.0',
      exports: [],
      permissions: {},
      source: { digest: '', lockfile: '' },
      packages: [],
      sha256: createHash('sha256').update(path).digest('hex'),
    },
  }
}

/** A module as a loaded artifact: its functions, run as an owner of their own. */
export function loadModule(module: object, artifact: Artifact, host: PluginHost): LoadedArtifact {
  const owner: ModuleOwner = { ...ownerOf(artifact, host), kv: host.kv }
  const exports = collectExports(module)
  let disposed: Promise<void> | undefined
  return { artifact, exports, owner, dispose: () => (disposed ??= disposeExports(exports.values(), owner)) }
}
