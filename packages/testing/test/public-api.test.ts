import { expect, test } from 'vitest';
import * as api from '../src/index.ts';

test('these names are public', () => {
  expect(Object.keys(api).sort()).toEqual([
    'HubException',
    'HubRejection',
    'createTestHub',
    'createTestOidc',
    'createTestTokens',
  ]);
});
