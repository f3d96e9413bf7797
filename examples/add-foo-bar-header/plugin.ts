import type { Plugin } from 'postern/plugin'

/** Adds the header `Foo: Bar` to the request on its way to the upstream. */
export const AddFooBarHeader: Plugin = (c) => {
  c.req.raw.headers.append('Foo', 'Bar')
}
