import { foreignKeys } from './foreign-keys.ts'
import { type ForeignFindings, inspectForeign } from './inspect-foreign.ts'
import { configKeys } from './keys.ts'

const PREFIX = 'TYK_GW_'

/** Variables of Tyk's whose names do not follow from those of its keys. */
const ODD_NAMES: Readonly<Record<string, string>> = {
  ANALYTICSCONFIG_GEOIPDBLOCATION: 'analytics_config.geo_ip_db_path',
  HTTPPROFILE: 'enable_http_profiler',
  OMITCONFIGFILE: '',
  STORAGE_MAXACTIVE: 'storage.optimisation_max_active',
  STORAGE_MAXIDLE: 'storage.optimisation_max_idle',
}

const keyOfVariable = new Map(configKeys.map((key) => [variableOf(key.path.join('.')), key]))
const foreignOfVariable = new Map(Object.keys(foreignKeys).map((name) => [variableOf(name), name]))

/**
 * Judges the variables of a Tyk gateway, which are named after the fields of its program: they are not read. One whose key Postern
 * has is a problem, so that no setting is overlooked.
 */
export function inspectTykVariables(env: NodeJS.ProcessEnv, findings: ForeignFindings): void {
  for (const variable of Object.keys(env)) {
    if (variable.startsWith(PREFIX) && !/^TYK_GW_(SERVICE_|PORT)/.test(variable)) inspect(variable, env[variable] ?? '', findings)
  }
}

function inspect(variable: string, text: string, { warnings, problems }: ForeignFindings): void {
  const name = variable.slice(PREFIX.length)
  const key = keyOfVariable.get(name)
  if (key) {
    problems.push(`${variable}: variables of Tyk's are not read; set ${key.variable} in its place`)
    return
  }
  const foreign = ODD_NAMES[name] ?? nearestForeign(name)
  const judged: ForeignFindings = { warnings: [], problems: [] }
  if (foreign === '') warnings.push(`${variable}: not read; a file that holds {} will do`)
  else if (foreign === undefined)
    warnings.push(`${variable}: variables of Tyk's are not read, and Postern has none like it; unset it`)
  else inspectForeign(foreign, meantBy(text), judged)
  const withVariable = (line: string) => line.replace(/^[^:]*/, variable)
  warnings.push(...judged.warnings.map(withVariable))
  problems.push(...judged.problems.map(withVariable))
}

/** The key that a variable is for, or the one that it is below. */
function nearestForeign(name: string): string | undefined {
  const parts = name.split('_')
  for (let length = parts.length; length > 0; length -= 1) {
    const found = foreignOfVariable.get(parts.slice(0, length).join('_'))
    if (found !== undefined) return found
  }
  return undefined
}

/** `http_server_options.use_ssl` is HTTPSERVEROPTIONS_USESSL. */
function variableOf(path: string): string {
  return path.replaceAll('_', '').replaceAll('.', '_').toUpperCase()
}

/** As Tyk reads it: `false` and `0` turn nothing on. */
function meantBy(text: string): unknown {
  return ['', '0', 'f', 'false'].includes(text.toLowerCase()) ? false : text
}
