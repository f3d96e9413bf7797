import { join } from 'node:path'
import type { Lab } from '../lab.ts'
import type { Measurement } from '../measurement.ts'
import type { Figure } from '../report/results.ts'
import { summarise } from '../report/statistics.ts'
import { fewer } from '../settings.ts'

const source = join(import.meta.dirname, '../plugins/headers')

/** How long a plugin takes to compile: by a compiler that has just been started, and by one that is running. */
export const compileTime: Measurement = {
  name: 'compile',
  title: 'compile time, cold and warm',
  seconds: (settings) => 3 * fewer(settings) + 5,
  async run({ lab }) {
    const cold: number[] = []
    for (let i = 0; i < fewer(lab.settings); i++) {
      const output = join(lab.folder, 'compiled.js')
      const since = performance.now()
      await runToEnd(lab, ['src/main.ts', 'plugin', 'build', source, '-o', output])
      cold.push(performance.now() - since)
    }
    const output = await runToEnd(lab, [join(import.meta.dirname, 'compile-warm.ts'), source, String(fewer(lab.settings))])
    const warm = [...output.matchAll(/^built in ([\d.]+) ms$/gm)].map(([, ms]) => Number(ms))
    return {
      figures: [
        figure('compile-cold', 'from the command to a checked artifact', cold),
        figure('compile-warm', 'plugin dev, from a save to an artifact to run', warm),
      ],
    }
  },
}

function figure(name: string, title: string, times: readonly number[]): Figure {
  return { name, title, unit: 'ms', value: summarise(times) }
}

async function runToEnd(lab: Lab, command: readonly string[]): Promise<string> {
  const child = lab.start('compiler', lab.settings.cores.proxy, [process.execPath, ...command])
  await child.closed
  const { exitCode, output } = child
  await lab.stop(child)
  if (exitCode !== 0) throw new Error(`Compile ${source} failed: ${output.trim()}`)
  return output
}
