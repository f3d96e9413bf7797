import { createInterface } from 'node:readline/promises'
import { isatty } from 'node:tty'

/** What a command may touch of the process that runs it. */
export interface Io {
  /** Writes a line (or several, separated by line feeds) of the command's result. */
  out(line: string): void
  /** Writes a line for the person at the terminal: problems, usage, progress. */
  err(line: string): void
  /** Asks the person at the terminal, and resolves to the line they type; absent where there is nobody to ask. */
  ask?(question: string): Promise<string>
  readonly env: NodeJS.ProcessEnv
}

/** One command of the CLI. Resolves to the exit code: 0 done, 1 failed, 2 wrong usage. */
export type Command = (args: readonly string[], io: Io) => Promise<number>

/** The real process: standard output, standard error and its environment. */
export const processIo: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  // To look at standard input itself would open it.
  ...(isatty(0) && { ask }),
  env: process.env,
}

async function ask(question: string): Promise<string> {
  using terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } catch {
    // Ctrl-C and Ctrl-D are an answer, too.
    return ''
  }
}
