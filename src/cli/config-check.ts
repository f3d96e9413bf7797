import { certificateFiles } from '../control/config/listener-settings.ts'
import { loadConfig } from '../control/config/load.ts'
import type { Config } from '../control/config/schema.ts'
import { definitionOptions } from '../control/definition/definition-options.ts'
import { loadDefinitions } from '../control/definition/load.ts'
import { loadPolicies } from '../control/policy/load-policies.ts'
import { readIdentity } from '../control/tls/read-identity.ts'
import { textOf } from '../errors.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/** `postern config check`: reads the configuration, the definitions and the policies as `start` would, and says what is wrong with them. */
export const configCheck: Command = async (args, io) => {
  const { conf } = readOptions('config check', args, ['conf'])
  const config = await loadConfig({ file: conf, env: io.env })
  const unusable = await certificateProblem(config)
  const { loaded, failed, warnings } = await loadDefinitions({
    folder: config.app_path,
    ...definitionOptions(config, io.env),
  })
  const policies = await loadPolicies(config.policies)
  for (const warning of warnings) io.err(warning)
  for (const [place, { warnings: ofPolicy }] of policies.filed) for (const warning of ofPolicy) io.err(`${place}: ${warning}`)
  for (const { file, warnings: ofFile, outage } of loaded) {
    for (const warning of ofFile) io.err(`${file}: ${warning}`)
    if (outage) io.err(`${file}: ${outage.message}`)
  }
  const problems = [...failed, ...policies.failed]
  for (const { error } of problems) io.err(error.message)
  if (unusable !== null) io.err(unusable)
  if (problems.length > 0 || unusable !== null) return 1
  io.out(`ok: ${config.file}, APIs: ${loaded.length}`)
  return 0
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
