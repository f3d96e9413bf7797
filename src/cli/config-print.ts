import { configKeys } from '../control/config/keys.ts'
import { loadConfig } from '../control/config/load.ts'
import { redact } from '../control/config/redact.ts'
import { valueAt } from '../json/json-path.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/**
 * `postern config print`: the configuration as it takes effect, a line for each key with its value and where that is from; with `--json`
 * the values alone. Secrets are hidden.
 */
export const configPrint: Command = async (args, io) => {
  const asJson = args.includes('--json')
  const { conf } = readOptions(
    'config print',
    args.filter((arg) => arg !== '--json'),
    ['conf'],
  )
  const config = await loadConfig({ file: conf, env: io.env })
  for (const warning of config.warnings) io.err(warning)
  const shown = redact(config)
  if (asJson) io.out(JSON.stringify(shown, null, 2))
  else io.out(table(configKeys.map(({ path }) => rowOf(path, shown, config.sources))))
  return 0
}

type Row = readonly [key: string, value: string, source: string]

function rowOf(path: readonly string[], shown: object, sources: Readonly<Record<string, string>>): Row {
  const key = path.join('.')
  return [key, JSON.stringify(valueAt(shown, path)), sources[key] ?? 'default']
}

/** A value that is longer than others pushes its source aside, not theirs. */
const WIDEST = 40

function table(rows: readonly Row[]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => Math.min(WIDEST, row[column]?.length ?? 0))))
  return rows
    .map(([key, value, source]) => `${key.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${source}`)
    .join('\n')
}
