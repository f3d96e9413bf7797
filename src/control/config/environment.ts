import { readFile } from 'node:fs/promises'
import { textOf } from '../../errors.ts'
import { configKeys, type Key } from './keys.ts'
import { unknownVariable } from './unknown-key.ts'

/** Variables that are not keys: where the file is, the build's id, and what plugins are signed with (a CI job checks configurations too). */
const otherVariables = ['POSTERN_CONF', 'POSTERN_BUILD_ID', 'POSTERN_SIGN_KEY_FILE']

/** What container platforms set by themselves for a service called `postern…`: its name, or else its value, gives it away. */
const SERVICE_LINK = /^POSTERN_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_(?:TCP|UDP|SCTP)\w*)$/
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//

/** One value that the environment gives. */
export interface EnvironmentValue {
  readonly key: Key
  /** The variable it came from. */
  readonly variable: string
  /** As the key's type suggests; text that is no number stays text, for the schema to refuse. */
  readonly value: unknown
}

export interface EnvironmentReport {
  readonly values: readonly EnvironmentValue[]
  readonly problems: readonly string[]
}

/** Reads every `POSTERN_*` variable. An empty variable of a secret counts as none. */
export async function readEnvironment(env: NodeJS.ProcessEnv): Promise<EnvironmentReport> {
  const read = await Promise.all(Object.keys(env).map((variable) => readVariable(variable, env)))
  return {
    values: read.filter((each) => typeof each === 'object'),
    problems: read.filter((each) => typeof each === 'string'),
  }
}

/** The value, or the text of what is wrong with the variable, or `undefined` for a variable that is not ours. */
async function readVariable(variable: string, env: NodeJS.ProcessEnv): Promise<EnvironmentValue | string | undefined> {
  const text = env[variable]
  if (text === undefined || !variable.startsWith('POSTERN_') || otherVariables.includes(variable)) return undefined
  for (const key of configKeys) {
    if (variable === key.variable) return key.secret && text === '' ? undefined : { key, variable, value: typed(text, key.type) }
    if (key.secret && variable === `${key.variable}_FILE`) return readSecretFile(key, variable, text, env)
  }
  return SERVICE_LINK.test(variable) || SERVICE_ADDRESS.test(text) ? undefined : unknownVariable(variable)
}

async function readSecretFile(
  key: Key,
  variable: string,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<EnvironmentValue | string | undefined> {
  if (file === '') return undefined
  if (env[key.variable]) return `${variable}: ${key.variable} is set as well; unset one of them`
  try {
    return { key, variable, value: typed((await readFile(file, 'utf8')).trim(), key.type) }
  } catch (error) {
    return `${variable}: expected the name of a readable file, found "${file}" (${textOf(error)})`
  }
}

function typed(text: string, type: Key['type']): unknown {
  switch (type) {
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'list':
      return text === '' ? [] : text.split(',').map((item) => item.trim())
    case 'json':
      return parsed(text)
    case 'text':
      return text
  }
}

/** Text that is no JSON stays text, for the schema to refuse. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
