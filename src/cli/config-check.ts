import { checkPlugins } from '../control/check-plugins.ts'
import { certificateFiles } from '../control/config/listener-settings.ts'
import { loadConfig } from '../control/config/load.ts'
import type { Config } from '../control/config/schema.ts'
import { definitionOptions } from '../control/definition/definition-options.ts'
import { type LoadedDefinitions, loadDefinitions } from '../control/definition/load.ts'
import { loadPolicies, NO_POLICIES } from '../control/policy/load-policies.ts'
import { readIdentity } from '../control/tls/read-identity.ts'
import { isFailure, textOf } from '../errors.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/**
 * `postern config check`: reads the configuration, the definitions, the policies and the plugins as `start` would, runs none of them, and
 * says what is wrong.
 */
export const configCheck: Command = async (args, io) => {
  const { conf } = readOptions('config check', args, ['conf'])
  const config = await loadConfig({ file: conf, env: io.env })
  const unusable = await certificateProblem(config)
  const unreadable: unknown[] = []
  const definitions = loadDefinitions({ folder: config.app_path, ...definitionOptions(config, io.env) })
  const { loaded, failed, warnings } = await orNone(definitions, NO_DEFINITIONS, unreadable)
  const policies = await orNone(loadPolicies(config.policies), NO_POLICIES, unreadable)
  const ofPlugins = await checkPlugins(loaded, config.signing)
  for (const warning of [...config.warnings, ...warnings]) io.err(warning)
  for (const [place, { warnings: ofPolicy }] of policies.filed) for (const warning of ofPolicy) io.err(`${place}: ${warning}`)
  for (const { file, warnings: ofFile, outage } of loaded) {
    for (const warning of ofFile) io.err(`${file}: ${warning}`)
    if (outage) io.err(`${file}: ${outage.message}`)
  }
  const problems = [...unreadable, ...[...failed, ...policies.failed].map(({ error }) => error)]
  for (const problem of problems) io.err(textOf(problem))
  for (const problem of ofPlugins) io.err(problem)
  if (unusable !== null) io.err(unusable)
  if (problems.length > 0 || ofPlugins.length > 0 || unusable !== null) return 1
  io.out(`ok: ${config.file}, APIs: ${loaded.length}`)
  return 0
}

const NO_DEFINITIONS: LoadedDefinitions = { loaded: [], failed: [], warnings: [] }

/** What can be read, or nothing where there is a reason that it cannot be. */
async function orNone<T>(reading: Promise<T>, none: T, reasons: unknown[]): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!isFailure(error)) throw error
    reasons.push(error)
    return none
  }
}

async function certificateProblem(config: Config): Promise<string | null> {
  if (!config.http_server_options.use_ssl) return null
  try {
    for (const { certFile, keyFile } of certificateFiles(config)) await readIdentity(certFile, keyFile)
    return null
  } catch (error) {
    return textOf(error)
  }
}
