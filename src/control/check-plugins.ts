import { failure, isFailure, textOf } from '../errors.ts'
import { readArtifact } from '../plugin/artifact.ts'
import type { SigningPolicy } from '../plugin/signing/check-signature.ts'
import type { Stamp } from '../plugin/stamp.ts'
import { current } from '../version.ts'
import type { Definition, PluginUse } from './definition/definition.ts'
import type { LoadedDefinition } from './definition/read-texts.ts'

/** What would put plugins of some definitions into quarantine, a line for each use; nothing of theirs is run. */
export async function checkPlugins(loaded: readonly LoadedDefinition[], signing: SigningPolicy): Promise<string[]> {
  const stamps = new Map<string, Promise<Stamp>>()
  const stampOf = (file: string) => {
    const stamp = stamps.get(file) ?? readArtifact(file, current, signing).then((artifact) => artifact.stamp)
    stamps.set(file, stamp)
    return stamp
  }
  const uses = loaded.flatMap(({ file, definition }) => usesIn(definition).map((use) => ({ file, use })))
  const problems = await Promise.all(
    uses.map(async ({ file, use }) => {
      try {
        checkExport(use, await stampOf(use.file))
        return []
      } catch (error) {
        return `${file}: ${use.field}: ${isFailure(error) ? error.message : textOf(error)}`
      }
    }),
  )
  return problems.flat()
}

function usesIn({ hooks, authCheck, versions }: Definition): PluginUse[] {
  return [
    ...Object.values(hooks).flat(),
    ...(authCheck ? [authCheck] : []),
    ...versions.flatMap(({ pathPlugins }) => pathPlugins),
  ]
}

function checkExport({ name, path }: PluginUse, { exports }: Stamp): void {
  if (exports.some((each) => each.name === name)) return
  const found = exports.map((each) => `"${each.name}"`).join(', ') || 'no function'
  throw failure('plugin_export_missing', { plugin: name, path, found })
}
