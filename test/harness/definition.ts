/** The fields of a definition that a test sets apart from the defaults; `proxy` is merged. */
export interface DefinitionFields {
  readonly proxy?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** A keyless API at `/api/`, stripped, that goes to `target`; `fields` say what is different. */
export function definition(target: string, { proxy, ...fields }: DefinitionFields = {}): Record<string, unknown> {
  return {
    name: 'Test API',
    api_id: 'test-api',
    org_id: 'default',
    use_keyless: true,
    version_data: { not_versioned: true, versions: { Default: { name: 'Default' } } },
    ...fields,
    proxy: { listen_path: '/api/', target_url: target, strip_listen_path: true, ...proxy },
  }
}
