import type { PathRuleOptions } from '../../request/rules/path-rule.ts'
import type { Config } from './schema.ts'

/** How the configuration wants path rules to be read. */
export function pathRuleOptions({ http_server_options: server, ignore_endpoint_case: ignoreCase }: Config): PathRuleOptions {
  return {
    ignoreCase,
    matchPrefix: server.enable_path_prefix_matching,
    matchSuffix: server.enable_path_suffix_matching,
  }
}
