// Maps that several objects of a chain pin under one name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pinnedMaps } from '../../src/cli/chain.js';
import { loadObject } from '../../src/object/load.js';
import type { MapSpec, ObjectSpec } from '../../src/object/spec.js';

const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, '../programs/source-blocklist.o')));
const object = loadObject(bytes, { fileName: 'a.o' });

function pinning(fileName: string, changes: Partial<MapSpec> = {}): ObjectSpec {
  const maps = object.maps.map(map => ({ ...map, pinning: 'by-name', ...changes }) as const);
  return { ...object, fileName, maps };
}

describe('a map that two objects pin', () => {
  it('is said to be shared on Linux', () => {
    expect(pinnedMaps([pinning('a.o'), pinning('b.o')])).toEqual([
      'map blocked_sources is pinned by several objects: Linux would share it, here each has its own',
    ]);
    expect(pinnedMaps([pinning('a.o'), object])).toEqual([]);
  });

  it.each([{ type: 9 }, { keySizeBytes: 2 }, { valueSizeBytes: 12 }, { maxEntries: 7 }, { flags: 1 }, { extra: 1n }])(
    'stops the second object where it differs: %o',
    changes => {
      expect(() => pinnedMaps([pinning('a.o'), pinning('b.o', changes)])).toThrow(
        "b.o: map blocked_sources: couldn't reuse pinned map at '/sys/fs/bpf/blocked_sources': parameter mismatch",
      );
    },
  );
});
