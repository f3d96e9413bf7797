import { openLog } from '../log.ts'
import type { Artifact } from '../plugin/artifact.ts'
import { kv } from '../plugin/contract/index.ts'
import { loadArtifact } from '../plugin/loader.ts'
import { webGlobals } from '../plugin/web-globals.ts'

/**
 * The plugins that an artifact exports, found by running its module level code.
 *
 * @throws artifact_threw
 */
export async function exportsOf(artifact: Artifact): Promise<string[]> {
  const log = await openLog({ level: 'silent', format: 'json' })
  const loaded = loadArtifact(artifact, { log, kv, globals: webGlobals })
  await loaded.dispose()
  return [...loaded.exports.keys()]
}
