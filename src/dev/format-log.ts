import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { codeFrame } from '../compiler/report.ts'

/** What a line of the gateway's log may have. */
interface Line {
  readonly level: string
  readonly msg?: string
  readonly plugin?: string
  readonly err?: { readonly stack?: string; readonly cause?: { readonly stack?: string } }
}

/** Levels that are told whoever wrote the line; others only if it was the plugin. */
const TOLD = new Set(['warn', 'error', 'fatal'])

/**
 * A line of the log for who writes the plugin: an error with the lines of the source around it. `null` for what is the
 * gateway's own business.
 */
export function formatLog(text: string, folder: string): string | null {
  const { level, msg = '', plugin, err }: Line = JSON.parse(text)
  if (plugin === undefined && !TOLD.has(level)) return null
  const head = `${level} ${plugin === undefined ? '' : `[${plugin}] `}${msg}`
  return withSource(head, err?.stack ?? err?.cause?.stack, folder)
}

/** A message, the lines of the source that its stack leads to, and the stack. */
export function withSource(message: string, stack: string | undefined, folder: string): string {
  if (stack === undefined) return message
  return [message, frameOf(stack, folder), ...framesOf(stack)].filter((part) => part !== '').join('\n')
}

/** The lines around the innermost place that lies in the folder. */
function frameOf(stack: string, folder: string): string {
  for (const [, name = '', line, column] of stack.matchAll(/([^\s()]+):(\d+):(\d+)\)?$/gm)) {
    const path = join(folder, name)
    if (!name.startsWith('node_modules/') && existsSync(path))
      return codeFrame({ path, line: Number(line), column: Number(column) })
  }
  return ''
}

function framesOf(stack: string): string[] {
  // What lies below the plugin's own frames is always the gateway.
  return stack.split('\n').filter((line) => /^\s+at /.test(line) && !/(?:\(|at )(?:file|node):/.test(line))
}
