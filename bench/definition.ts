import type { Definition } from './scenarios/scenario.ts'

/** What a definition of the bench has beside the least there is. */
export interface DefinitionParts {
  /** `bench` unless given: the API listens at /ID/. */
  readonly id?: string
  /** Names of functions that plugin.js exports, by hook; `auth_check` has one. */
  readonly hooks?: { readonly post?: readonly string[]; readonly response?: readonly string[]; readonly auth_check?: string }
  /** Fields of every use of a plugin: where it runs, for example. */
  readonly use?: object
  /** The sections of `extended_paths`. */
  readonly paths?: object
  readonly fields?: object
}

export function definition(upstream: string, { id = 'bench', hooks, use, paths, fields }: DefinitionParts = {}): Definition {
  return {
    name: id,
    api_id: id,
    org_id: 'default',
    active: true,
    use_keyless: true,
    version_data: {
      not_versioned: true,
      versions: { Default: { name: 'Default', ...(paths && { use_extended_paths: true, extended_paths: paths }) } },
    },
    proxy: { listen_path: `/${id}/`, target_url: `${upstream}/`, strip_listen_path: true },
    ...(hooks && { custom_middleware: middleware(hooks, use) }),
    ...fields,
  }
}

function middleware({ auth_check: auth, ...lists }: NonNullable<DefinitionParts['hooks']>, use?: object): object {
  const uses = (name: string) => ({ name, path: 'plugin.js', ...use })
  return {
    driver: 'jsplugin',
    ...Object.fromEntries(Object.entries(lists).map(([hook, names]) => [hook, names.map(uses)])),
    ...(auth && { auth_check: uses(auth) }),
  }
}
