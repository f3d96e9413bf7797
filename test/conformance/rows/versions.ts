import { differs, error, type Section, same } from '../row.ts'

const FORBIDDEN = error(403, 'Requested endpoint is forbidden')

export const versions: Section = {
  number: '2.1',
  title: 'Versions and lists of paths',
  rows: [
    same('a request that names no version', error(403, 'Version information not found'), 'versions-in-header: no version'),
    same(
      'a version that `version_data` does not have',
      error(403, 'This API version does not seem to exist'),
      'versions-in-header: a version that there is not',
    ),
    same(
      'a version that `definition.versions` does not have',
      error(404, 'This API version does not seem to exist'),
      'versions-of-other-apis: one that there is not',
    ),
    differs(
      'two versions',
      'a request that names two versions',
      error(403, 'This API version does not seem to exist'),
      'versions-in-header: two versions',
      'versions-in-query: two',
    ),
    same(
      'a version whose time is over',
      error(403, 'Api Version has expired, please check documentation or contact administrator'),
      'versions-expiry: a version that has ended',
    ),
    same(
      'an API whose `expiration` is over',
      error(403, 'API has expired, please check documentation or contact administrator'),
      'versions-expiry: an API that has ended',
    ),
    same('a path of `black_list`', FORBIDDEN, 'path-access: a blocked path'),
    same('a path that `white_list` does not have', FORBIDDEN, 'path-access: not allowed'),
    same('a path of `internal`, not by a loop', FORBIDDEN, 'path-access: an internal path'),
    same('one entry in `white_list` closes every other path', FORBIDDEN, 'path-access: plain lists, not allowed'),
    same(
      'an API that is not versioned has its only version, or else the one called `Default`, `default` or nothing',
      'versions-none: the only one',
      'versions-none: Default',
      'versions-none: default',
      'versions-none: the one without a name',
    ),
    differs(
      'no version to serve',
      'an API that is not versioned and has several versions, none of which is the default',
      'versions-none: none that is meant',
    ),
    same(
      'a path of `ignored` needs no key; plugins of all hooks but those of keys run',
      'path-access-and-keys: without a key',
      'path-access-and-keys: with a wrong key',
      'path-access-and-keys: a path plugin',
    ),
    same(
      'a path of `ignored` leaves the limits of keys alone, and not those of the API',
      'path-access-and-limits: but not on an ignored path',
      'path-access-and-limits: a second is over its rate, on an ignored path too',
    ),
    same(
      'lists of addresses hold on a path of `ignored`',
      error(403, 'access from this IP has been disallowed'),
      'ip-access-and-keys: kept out of ignored paths',
    ),
    same('a version that will expire says so in `x-tyk-api-expires`', 'versions-expiry: one that has not'),
    same(
      'whatever is refused here is an event `VersionFailure`',
      'versions-in-header: no version',
      'path-access: a blocked path',
    ),
  ],
}
