import { KeyBook, type KeyBookOptions } from '../../../session/keys/key-book.ts'
import { type KeyCounters, KeyQuotas } from '../../../session/keys/key-quotas.ts'
import type { CompiledApi } from '../../compile-api.ts'
import type { Config } from '../../config/schema.ts'
import type { KeyTools } from './create-endpoints.ts'

interface KeyToolsOptions extends Omit<KeyBookOptions, 'quotas' | 'allowMasterKeys'> {
  readonly config: Config
  readonly counters: KeyCounters
  /** What serves. */
  readonly apis: () => readonly CompiledApi[]
}

/** What keys are administered with. */
export function openKeyTools({ config, counters, apis, ...options }: KeyToolsOptions): KeyTools {
  const { allow_master_keys: allowMasterKeys, enable_hashed_keys_listing: listHashedKeys } = config
  return {
    book: new KeyBook({ ...options, quotas: new KeyQuotas(counters), allowMasterKeys }),
    allowMasterKeys,
    listHashedKeys,
    orgOf: (apiId) => apis().find(({ api }) => api.id === apiId)?.api.orgId,
  }
}
