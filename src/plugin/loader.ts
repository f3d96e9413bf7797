import { dirname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { compileFunction } from 'node:vm'
import { failure } from '../errors.ts'
import type { Artifact } from './artifact.ts'
import { DEFINED, type PluginOptions } from './contract/define-plugin.ts'
import type { Plugin } from './contract/index.ts'
import { disposeExports } from './dispose-exports.ts'
import { nextOwnerNumber, type PluginOwner, runAs } from './owner.ts'
import { reasonOf } from './protection/refused-change.ts'
import { openScope, type PluginHost, type Scope } from './scope/scope.ts'
import { scriptName } from './script-name.ts'

export type { PluginHost } from './scope/scope.ts'

/** One exported function of an artifact. */
export interface LoadedExport {
  readonly name: string
  readonly handler: Plugin
  /** What `definePlugin` was given; `null` for a plain function. */
  // biome-ignore lint/suspicious/noExplicitAny: any schema; who uses the options validates with it.
  readonly options: PluginOptions<any> | null
}

/** An artifact whose module level code has run. */
export interface LoadedArtifact {
  readonly artifact: Artifact
  readonly exports: ReadonlyMap<string, LoadedExport>
  /** Whom the plugin's calls are to {@link runAs run as}. */
  readonly owner: PluginOwner
  /** Ends this version: disposes its exports, then clears its timers and listeners. Never rejects; a second call waits for the first. */
  dispose(): Promise<void>
}

/**
 * Makes V8 forget the code of versions that are gone: its compilation cache would keep each for ever. Call it once per
 * process, after the imports, whose code profits from the cache.
 */
export function dropCompilationCache(): void {
  setFlagsFromString('--no-compilation-cache')
}

/**
 * Runs the module level code of a verified artifact and collects what it exports.
 *
 * @throws artifact_threw with the cause; nothing of the artifact is left running then.
 */
export function loadArtifact(artifact: Artifact, host: PluginHost): LoadedArtifact {
  const owner = ownerOf(artifact, host)
  const scope = openScope(owner, host)
  host.onlooker?.know(owner)
  let disposed: Promise<void> | undefined
  try {
    const exports = runAs(owner, () => collectExports(runModule(artifact, scope)))
    const dispose = () =>
      disposeExports(exports.values(), owner).finally(() => {
        scope.close()
        host.onlooker?.forget(owner)
      })
    return { artifact, exports, owner, dispose: () => (disposed ??= dispose()) }
  } catch (thrown) {
    scope.close()
    host.onlooker?.forget(owner)
    throw failure('artifact_threw', { plugin: owner.name, path: artifact.path, reason: reasonOf(thrown) }, thrown)
  }
}

/** The owner of an artifact's code. */
export function ownerOf({ path, stamp }: Artifact, { log }: PluginHost): PluginOwner {
  const { name, version } = stamp
  const tagged = log.child({ plugin: name, plugin_version: version, artifact: path })
  return { name, version, path, script: scriptName(stamp), number: nextOwnerNumber(), log: tagged, gatewayLog: log }
}

type Module = { exports: unknown }
type ModuleFunction = (
  this: unknown,
  ...args: [exports: unknown, require: Scope['require'], module: Module, file: string, folder: string]
) => void

/**
 * Runs CommonJS text. The stand-ins for globals are parameters of an outer function, so that the text may declare
 * `fetch` or `process` of its own as it may in any module; the parentheses make V8 compile the inner one at once.
 */
function runModule({ path, code, stamp }: Artifact, { globals, require }: Scope): unknown {
  const open = compileFunction(
    `return (function (exports, require, module, __filename, __dirname) {\n${code}\n})`,
    Object.keys(globals),
    { filename: scriptName(stamp), lineOffset: -1 },
  )
  const run: ModuleFunction = open(...Object.values(globals))
  const module: Module = { exports: {} }
  run.call(module.exports, module.exports, require, module, path, dirname(path))
  return module.exports
}

/** The functions that a module exports, by name. */
export function collectExports(exports: unknown): ReadonlyMap<string, LoadedExport> {
  const found = new Map<string, LoadedExport>()
  for (const [name, value] of Object.entries(Object(exports))) {
    if (typeof value !== 'function') continue
    const handler = value as Plugin & { [DEFINED]?: LoadedExport['options'] }
    found.set(name, { name, handler, options: handler[DEFINED] ?? null })
  }
  return found
}
