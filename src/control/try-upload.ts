import { failure } from '../errors.ts'
import type { Artifact } from '../plugin/artifact.ts'
import { configure } from '../plugin/configure.ts'
import { type Isolation, placeOf } from '../plugin/isolation/isolation.ts'
import type { LoadedArtifact } from '../plugin/loader.ts'
import type { PluginRegistry } from '../plugin/registry.ts'
import type { CompiledApi } from './compile-api.ts'
import type { Definition, PluginUse } from './definition/definition.ts'
import { missingExport } from './step-compiler.ts'

/** One use of an upload, and the definition that it is in. */
interface UploadUse {
  readonly use: PluginUse
  readonly file: string
}

/**
 * Loads an artifact for a trial, wherever those that use its name have it run, beside what serves: each of them has to find its
 * function, and to have its configuration taken. One that nobody uses is not run.
 *
 * @throws what a reload would give for its reason
 */
export async function tryUpload(artifact: Artifact, apis: readonly CompiledApi[], registry: PluginRegistry): Promise<void> {
  for (const [isolation, uses] of usesByPlace(artifact.path, apis)) {
    const loaded = await registry.try(artifact, isolation)
    try {
      for (const each of uses) await tryUse(each, loaded)
    } finally {
      await loaded.dispose()
    }
  }
}

async function tryUse({ use, file }: UploadUse, { exports }: LoadedArtifact): Promise<void> {
  const found = exports.get(use.name)
  if (!found) throw failure('plugin_export_missing', missingExport(use, exports))
  await configure(found, use.config, { file, field: use.field })
}

function usesByPlace(path: string, apis: readonly CompiledApi[]): Iterable<[Isolation, UploadUse[]]> {
  const places = new Map<string, [Isolation, UploadUse[]]>()
  for (const { file, loaded } of apis) {
    for (const use of usesIn(loaded.definition).filter((each) => each.file === path)) {
      const place = placeOf(path, use.isolation)
      const [, uses] = places.get(place) ?? [use.isolation, []]
      places.set(place, [use.isolation, [...uses, { use, file }]])
    }
  }
  return places.values()
}

function usesIn({ hooks, authCheck, versions }: Definition): PluginUse[] {
  return [
    ...Object.values(hooks).flat(),
    ...(authCheck ? [authCheck] : []),
    ...versions.flatMap(({ pathPlugins }) => pathPlugins),
  ]
}
