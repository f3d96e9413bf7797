import { current, display } from '../version.ts'
import type { Command } from './io.ts'

/** `postern version`: the version, and the build unless it is a release. */
export const version: Command = async (_args, io) => {
  io.out(display(current))
  return 0
}
