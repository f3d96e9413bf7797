import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DevOptions, openDevGateway } from '../../src/dev/dev-gateway.ts'
import { type Files, pluginFolder } from '../compiler/plugin-folder.ts'
import { until } from '../harness/until.ts'

/** A plugin's folder that is served, and what its author has been told. */
export interface DevFolder extends AsyncDisposable {
  readonly path: string
  readonly url: string
  readonly printed: string[]
  save(name: string, text: string): Promise<void>
  get(path?: string): Promise<string>
  /** Waits for something to be printed. */
  reads(text: string | RegExp): Promise<string>
}

export async function serveFolder(files: Files, options: Partial<DevOptions> = {}): Promise<DevFolder> {
  const path = await pluginFolder(files)
  const printed: string[] = []
  const dev = await openDevGateway({ folder: path, port: 0, print: (text) => void printed.push(text), ...options })
  return {
    path,
    url: dev.url,
    printed,
    save: (name, text) => writeFile(join(path, name), text),
    get: async (at = '/') => (await fetch(dev.url + at)).text(),
    reads: (text) =>
      until(
        () => `${text} among:\n${printed.join('\n')}`,
        () => printed.find((one) => (typeof text === 'string' ? one.includes(text) : text.test(one))),
      ),
    [Symbol.asyncDispose]: () => dev.close(),
  }
}
