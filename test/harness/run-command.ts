import type { Command } from '../../src/cli/io.ts'

/** What a command has left behind. */
export interface CommandResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command of the CLI in this process. */
export async function runCommand(command: Command, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  let [out, err] = ['', '']
  const code = await command(args, {
    out: (line) => {
      out += `${line}\n`
    },
    err: (line) => {
      err += `${line}\n`
    },
    env: { ...process.env, ...env },
  })
  return { code, out, err }
}
