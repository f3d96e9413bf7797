import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { failure, textOf } from '../errors.ts'

/**
 * Reads the options of a command that takes a value each and no other arguments.
 *
 * @param letters short forms, without their dash
 * @throws `usage_wrong`
 */
export function readOptions<Name extends string>(
  command: string,
  args: readonly string[],
  names: readonly Name[],
  letters: Partial<Record<Name, string>> = {},
): Partial<Record<Name, string>> {
  const describe = (name: Name) => ({ type: 'string' as const, ...(letters[name] && { short: letters[name] }) })
  const options: ParseArgsOptionsConfig = Object.fromEntries(names.map((name) => [name, describe(name)]))
  try {
    return parseArgs({ args: [...args], options }).values as Partial<Record<Name, string>>
  } catch (error) {
    throw failure('usage_wrong', { command, reason: firstSentence(textOf(error)) }, error)
  }
}

/** Node's messages go on with advice for programmers. */
function firstSentence(text: string): string {
  return text.split(/\.(?:\s|$)|\n/)[0] ?? text
}
