import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '../../src/request/chain/exchange.ts'
import { ContextData } from '../../src/request/values/context-data.ts'
import { contextVariable, metaVariable } from '../../src/request/values/context-variables.ts'

const context = new ContextData()
context.captures = new Map([['trigger-0-x-test-0', 'captured']])
context.form = new URLSearchParams('a=form&b=%C3%A9')

/** What variables read of a request. */
const exchange = {
  normalPath: '/api/one//two',
  path: '/api/one//two',
  query: '?a=query&c=1&c=2&d=\xc3\xa9',
  life: { proxies: { networks: { contains: () => false } } },
  requestId: 'id',
  token: 'key',
  incoming: {
    socket: { remoteAddress: '::ffff:10.0.0.1' },
    rawHeaders: ['X-One', '1', 'x-ONE', '2', 'Cookie', 'a=1; b-b="2"; c', 'cookie', 'd==3', 'X_Under', 'u'],
  },
  draft: null,
  context,
  claims: { sub: 'me', level: 3, admin: true, scopes: ['a', 'b', {}], nested: {}, 'odd-name': 'x', name: 'Zoë' },
  session: { meta_data: { a: '1', toString: 'own' } },
} as unknown as Exchange

describe('a context variable', () => {
  const values: Readonly<Record<string, string>> = {
    path: '/api/one//two',
    path_parts: 'api,one,,two',
    remote_addr: '10.0.0.1',
    request_id: 'id',
    token: 'key',
    headers_X_One: '1',
    headers_x_one: '1',
    headers_X_Under: 'u',
    headers_X_None: '',
    headers: 'X-One:1;x-ONE:2;Cookie:a=1; b-b="2"; c;cookie:d==3;X_Under:u',
    cookies_a: '1',
    cookies_b_b: '2',
    cookies_d: '=3',
    cookies_c: '',
    cookies_A: '',
    request_data_a: 'form',
    request_data_b: '\xc3\xa9',
    request_data_c: '1',
    request_data_d: '\xc3\xa9',
    request_data_none: '',
    request_data: 'a:form,query;b:\xc3\xa9;c:1,2;d:\xc3\xa9',
    jwt_claims_sub: 'me',
    jwt_claims_level: '3',
    jwt_claims_admin: 'true',
    jwt_claims_scopes: 'a,b',
    jwt_claims_nested: '',
    jwt_claims_toString: '',
    'jwt_claims_odd-name': 'x',
    jwt_claims_name: 'Zo\xc3\xab',
    'trigger-0-X-Test-0': 'captured',
    'trigger-1-X-Test-0': '',
  }
  for (const [name, value] of Object.entries(values)) {
    test(`${name} is ${JSON.stringify(value)}`, () => assert.equal(contextVariable(name)?.read(exchange), value))
  }

  for (const name of ['', 'none', 'headers_', 'cookies_', 'jwt_claims_', 'toString', 'trigger-x-a', 'trigger-0-']) {
    test(`there is none called ${JSON.stringify(name)}`, () => assert.equal(contextVariable(name), null))
  }
})

test('metadata is what the session itself has', () => {
  assert.equal(metaVariable('a')(exchange), '1')
  assert.equal(metaVariable('toString')(exchange), 'own')
  assert.equal(metaVariable('valueOf')(exchange), '')
  assert.equal(metaVariable('a')({ ...exchange, session: undefined } as Exchange), '')
})
