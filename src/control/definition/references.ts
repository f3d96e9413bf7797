import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from '../../errors.ts'
import { show } from '../../json/describe-issue.ts'

/** Where a definition may have a text from that is not in it. `vault` and `consul` are known by name only. */
export const secretStores = ['env', 'conf', 'file', 'vault', 'consul'] as const
export type SecretStore = (typeof secretStores)[number]

/** What a reference stands for, or what is wrong with it. */
export type Found = { readonly value: string } | { readonly problem: string }

/** Fewer characters would be found in any message. */
const SHORTEST_HIDDEN = 4

/** A text as it is, and as `show` quotes it. */
function asMessagesShow(text: string): string[] {
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    show(text)
      .slice(1)
      .replace(/["…]+$/, ''),
  ]
}

export interface ReferenceSources {
  /** The gateway's environment, of which only `TYK_SECRET_*` can be named. */
  readonly env: NodeJS.ProcessEnv
  /** `secrets` of gateway.conf. */
  readonly secrets: Readonly<Record<string, string>>
  /** `secrets_path` of gateway.conf, absolute. */
  readonly folder: string
}

const ENV_PREFIX = 'TYK_SECRET_'
/** One file of the folder, none above or below it. */
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/

/** The texts that definitions name instead of holding them: read when a definition is loaded, and never shown in messages. */
export class References {
  readonly #sources: ReferenceSources
  /** By value: what it is called in messages. */
  readonly #shown = new Map<string, string>()

  constructor(sources: ReferenceSources) {
    this.#sources = sources
  }

  find(store: SecretStore, name: string): Found {
    const found = this.#read(store, name)
    if ('value' in found && found.value.length >= SHORTEST_HIDDEN) {
      for (const text of asMessagesShow(found.value)) this.#shown.set(text, `‹${store}: ${name}›`)
    }
    return found
  }

  /** A message without the texts that were found. */
  redact(message: string): string {
    const longestFirst = [...this.#shown].sort(([a], [b]) => b.length - a.length)
    return longestFirst.reduce((text, [value, name]) => text.replaceAll(value, name), message)
  }

  #read(store: SecretStore, name: string): Found {
    switch (store) {
      case 'env':
        return this.#ofEnvironment(`${ENV_PREFIX}${name.toUpperCase()}`)
      case 'conf':
        return this.#ofConfiguration(name)
      case 'file':
        return this.#ofFile(name)
      case 'vault':
      case 'consul':
        return { problem: `not supported: secrets of ${store}; keep "${name}" in the environment, in gateway.conf or in a file` }
    }
  }

  #ofEnvironment(variable: string): Found {
    const value = this.#sources.env[variable]
    if (value === undefined) return { problem: `expected the environment variable ${variable}, found none; set it` }
    return { value }
  }

  #ofConfiguration(name: string): Found {
    const { secrets } = this.#sources
    if (!Object.hasOwn(secrets, name)) return { problem: `expected "${name}" in "secrets" of gateway.conf, found none; add it` }
    return { value: secrets[name] as string }
  }

  /** The line break that editors put at the end of a file is not part of the secret. */
  #ofFile(name: string): Found {
    const { folder } = this.#sources
    if (!FILE_NAME.test(name)) return { problem: `expected the name of a file in "secrets_path" ("${folder}"), found "${name}"` }
    try {
      return { value: readFileSync(join(folder, name), 'utf8').replace(/\r?\n$/, '') }
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      return {
        problem: `expected a file "${join(folder, name)}", found none that can be read${missing ? '' : ` (${textOf(error)})`}`,
      }
    }
  }
}
