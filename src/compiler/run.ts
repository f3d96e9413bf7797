import { execFile } from 'node:child_process'

export interface Outcome {
  /** The exit code; `null` if a signal ended the program. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. Rejects only if it cannot be started or is stopped by the signal, with Node's error. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal | undefined },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === 'string') reject(error)
      else resolve({ code: error === null ? 0 : ((error.code as number | undefined) ?? null), stdout, stderr })
    })
  })
}
