import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileQuickly } from '../compiler/compile-quickly.ts'
import { failure } from '../errors.ts'
import { type Artifact, readArtifact } from '../plugin/artifact.ts'
import type { KeyValue } from '../plugin/contract/index.ts'
import { type LoadedArtifact, loadArtifact, type PluginHost } from '../plugin/loader.ts'
import type { ArtifactSource } from '../plugin/registry.ts'
import type { SigningPolicy } from '../plugin/signing/check-signature.ts'
import type { Version } from '../version.ts'
import type { PluginSource } from './contract/types.ts'
import { artifactOfModule, loadModule } from './module-plugin.ts'

/** The plugins of a test by the absolute files that its definitions name; other files are artifacts, as ever. */
export class PluginSources implements ArtifactSource {
  readonly areFiles = false
  readonly #sources: ReadonlyMap<string, { readonly name: string; readonly source: PluginSource }>
  readonly #bundled = new Map<string, Promise<Artifact>>()
  /** What plugins have stored, by file. */
  readonly kvs = new Map<string, KeyValue>()

  /** @param folder what the names are relative to */
  constructor(folder: string, plugins: Readonly<Record<string, PluginSource>>) {
    this.#sources = new Map(Object.entries(plugins).map(([name, source]) => [resolve(folder, name), { name, source }]))
  }

  async read(file: string, running: Version, signing: SigningPolicy): Promise<Artifact> {
    const found = this.#sources.get(file)
    if (!found) return await readArtifact(file, running, signing)
    const { name, source } = found
    const path = pathOf(source)
    if (path === null) return artifactOfModule(name, file, running)
    if (!(await isFolder(path, name))) return await readArtifact(path, running, signing)
    const bundled = this.#bundled.get(path) ?? bundle(path, running)
    this.#bundled.set(path, bundled)
    return { ...(await bundled), path: file }
  }

  load(artifact: Artifact, host: PluginHost): LoadedArtifact {
    this.kvs.set(artifact.path, host.kv)
    const source = this.#sources.get(artifact.path)?.source
    return source && pathOf(source) === null ? loadModule(source as object, artifact, host) : loadArtifact(artifact, host)
  }
}

/** `null` for a module. */
function pathOf(source: PluginSource): string | null {
  if (source instanceof URL) return fileURLToPath(source)
  return typeof source === 'string' ? resolve(source) : null
}

async function isFolder(path: string, name: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory()) return true
  if (found?.isFile() && path.endsWith('.js')) return false
  throw failure('test_plugin_missing', { name, path })
}

async function bundle(source: string, running: Version): Promise<Artifact> {
  const build = await compileQuickly({ source, running })
  await build.close()
  return build.artifact
}
