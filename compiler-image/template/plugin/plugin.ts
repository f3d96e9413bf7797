import type { Plugin } from 'postern/plugin'

/** Adds the header `Foo: Bar` to every request that goes upstream. */
export const AddFooBarHeader: Plugin = (c) => {
  c.req.raw.headers.append('Foo', 'Bar')
}
