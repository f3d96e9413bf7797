#!/usr/bin/env node
/** The compiler image's entry point: the command line, run as whom the mounted folder belongs to. */
import { statSync } from 'node:fs'
import { processIo } from '../src/cli/io.ts'
import { runCompilerImage } from '../src/compiler/image-entry.ts'

// The first process of a container has no default way to end at a signal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

becomeOwnerOf(process.cwd())
process.exit(await runCompilerImage(process.argv.slice(2), processIo))

/**
 * Gives root's rights up for good: the code of a plugin and of its packages runs here as nobody in particular, and what is
 * written belongs to the folder's owner. An engine that forbids it, or `--user`, leaves the user as it is.
 */
function becomeOwnerOf(folder: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(folder)
  try {
    process.setgroups?.([])
    process.setgid?.(gid)
    process.setuid?.(uid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}
