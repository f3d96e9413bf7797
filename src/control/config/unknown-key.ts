import { closest } from '../closest.ts'
import { foreignKeys } from './foreign-keys.ts'
import { configKeys } from './keys.ts'

const known = configKeys.map(({ path }) => path.join('.'))
const groups = [...new Set(configKeys.filter(({ path }) => path.length > 1).map(({ path }) => path.slice(0, -1).join('.')))]
const variables = configKeys.flatMap(({ variable, secret }) => (secret ? [variable, `${variable}_FILE`] : [variable]))
const PREFIX = 'POSTERN_'

/** What to say of a key that neither the schema nor Tyk has. */
export function unknownKey(path: readonly PropertyKey[]): string {
  const key = path.join('.')
  const name = String(path.at(-1))
  const elsewhere = known.find((each) => each.endsWith(`.${name}`))
  return `${key}: unknown key; ${remedy(elsewhere ?? closest(key, [...known, ...groups]))}`
}

/** What to say of a `POSTERN_*` variable that stands for no key. */
export function unknownVariable(variable: string): string {
  const foreign = Object.keys(foreignKeys).map((key) => `${PREFIX}${key.replaceAll('.', '_').toUpperCase()}`)
  if (foreign.some((each) => variable === each || variable.startsWith(`${each}_`))) {
    return `${variable}: stands for a key of Tyk's that Postern does not have (yet); unset it`
  }
  const name = withoutPrefix(variable)
  const names = variables.map(withoutPrefix)
  const meant = names.find((each) => each.endsWith(`_${name}`)) ?? closest(name, names)
  return `${variable}: unknown variable; ${remedy(meant && `${PREFIX}${meant}`)}`
}

function withoutPrefix(variable: string): string {
  return variable.slice(PREFIX.length)
}

function remedy(meant: string | undefined): string {
  return meant === undefined ? 'remove it' : `did you mean "${meant}"?`
}
