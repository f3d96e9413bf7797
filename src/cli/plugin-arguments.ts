import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { failure, isFailure, textOf } from '../errors.ts'
import type { Io } from './io.ts'

/**
 * Reads the one file or folder that a plugin command is about, and its options.
 *
 * @throws usage_wrong
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  options: Options,
) {
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [path, ...others] = positionals
    if (path && others.length === 0) return { path, values }
    throw new Error(path ? `found "${others.join(' ')}" where nothing more was expected` : 'the path is missing')
  } catch (error) {
    throw failure('usage_wrong', { command, reason: textOf(error).split('. ')[0] ?? '' }, error)
  }
}

/** Says what has ended a command. Returns its exit code: 2 with the usage where it was called wrongly. */
export function tellFailure(error: unknown, usage: string, io: Io): 1 | 2 {
  io.err(textOf(error))
  if (!isFailure(error, 'usage_wrong') && !isFailure(error, 'compiler_usage_wrong')) return 1
  io.err(usage)
  return 2
}
