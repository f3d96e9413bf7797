import { writeFile } from 'node:fs/promises'
import { type Agent, get } from 'node:http'
import { join } from 'node:path'

/** The headers of each request, about as many as a browser's. */
export const headers = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, `value ${i}`]))

/** Defines an API at `/id/` with one plugin, which answers. */
export function writeApi(folder: string, id: string, name: string, fields: object): Promise<void> {
  const api = {
    name: id,
    api_id: id,
    use_keyless: true,
    proxy: { listen_path: `/${id}/`, target_url: 'http://127.0.0.1:1', strip_listen_path: true },
    custom_middleware: { driver: 'jsplugin', pre: [{ name, path: 'plugin.js', ...fields }] },
  }
  return writeFile(join(folder, 'apps', `${id}.json`), JSON.stringify(api))
}

/** Asks an API; gives the status. */
export function ask(port: number, api: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, path: `/${api}/`, headers, agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    }).on('error', reject)
  })
}
