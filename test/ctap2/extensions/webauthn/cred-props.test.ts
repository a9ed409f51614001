import { expect, test } from 'vitest';
import { credPropsOutput } from '../../../../src/ctap2/extensions/webauthn/cred-props.ts';

test('credProps: rk is what the request said', () => {
  expect([true, false].map(credPropsOutput)).toEqual([{ rk: true }, { rk: false }]);
});
