import { pathRuleOptions } from '../config/path-rules.ts'
import type { Config } from '../config/schema.ts'
import type { ReadDefinitionOptions } from './read-definition.ts'
import { References } from './references.ts'

/** How definitions are read under a configuration; bundles are left alone. References are looked up anew. */
export function definitionOptions(config: Config, env: NodeJS.ProcessEnv): ReadDefinitionOptions {
  return {
    confFolder: config.folder,
    pluginPaths: config.plugin_paths,
    enableCustomDomains: config.enable_custom_domains,
    rules: pathRuleOptions(config),
    useSsl: config.http_server_options.use_ssl,
    references: new References({ env, secrets: config.secrets, folder: config.secrets_path }),
  }
}
