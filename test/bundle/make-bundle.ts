import { createHash, type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { compiledText } from '../harness/compiled-plugin.ts'
import { type ZipEntry, zipOf } from './zip.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface BundleContents {
  /** The files, in the order of the list. */
  readonly files: Readonly<Record<string, string | Buffer>>
  /** Fields of the manifest that are different; `undefined` takes one out. */
  readonly manifest?: Fields
  readonly key?: KeyObject
  /** Entries behind the files. */
  readonly more?: readonly ZipEntry[]
}

/** The plugin of the plugin page: it adds a header. Another `value` makes another artifact. */
export async function headerPlugin(value = 'Bar'): Promise<Buffer> {
  const text = `import type { Plugin } from 'postern/plugin'

export const AddFooBarHeader: Plugin = (c) => {
  c.req.raw.headers.append('Foo', ${JSON.stringify(value)})
}
`
  return readFile(await compiledText(text))
}

/** A bundle with one plugin in `post`, unless the fields of the manifest say otherwise. */
export function makeBundle({ files, manifest = {}, key, more = [] }: BundleContents): Buffer {
  const names = Object.keys(files)
  const bytes = Buffer.concat(Object.values(files).map((content) => Buffer.from(content)))
  const fields = {
    file_list: names,
    custom_middleware: { driver: 'jsplugin', post: [{ name: 'AddFooBarHeader', path: names[0] }] },
    checksum: createHash('md5').update(bytes).digest('hex'),
    checksum_sha256: createHash('sha256').update(bytes).digest('hex'),
    signature: key ? sign(key.asymmetricKeyType === 'rsa' ? 'sha256' : null, bytes, key).toString('base64') : '',
    ...manifest,
  }
  return zipOf([
    ...Object.entries(files).map(([name, content]) => ({ name, content, method: 8 })),
    ...more,
    { name: 'manifest.json', content: JSON.stringify(fields) },
  ])
}
