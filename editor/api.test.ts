import { afterEach, expect, test, vi } from 'vitest';
import { contract as tasks } from '#contract/tasks';
import { addressOf, ApiProblem, call, wordsFor } from './api.ts';

afterEach(() => vi.unstubAllGlobals());

test('the address has its parameters encoded and leaves out what is undefined', () => {
  expect(addressOf('/api/artefacts/:kind/:id', { kind: 'flow', id: 'flow/020 x' }, { a: undefined, b: 1, c: '' })).toBe(
    '/api/artefacts/flow/flow%2F020%20x?b=1',
  );
});

test('an unsafe call carries the header of the platform and its idempotency key', async () => {
  const seen = vi.fn<() => Promise<Response>>(() => Promise.resolve(new Response('{}', { status: 200 })));
  vi.stubGlobal('fetch', seen);
  await call(tasks.complete, { params: { key: '12' }, body: { variables: { approved: 'yes' } }, idempotencyKey: 'k1' });
  expect(seen).toHaveBeenCalledWith(
    '/api/tasks/12/complete',
    expect.objectContaining({
      method: 'POST',
      body: '{"variables":{"approved":"yes"}}',
      headers: expect.objectContaining({ 'x-nuanliu': '1', 'idempotency-key': 'k1' }),
    }),
  );
});

test('a refusal keeps code, text and request id; a dead network has a code of its own', async () => {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(JSON.stringify({ code: 'TASK_SAME_PERSON', detail: '您是提出人', requestId: 'r7' }), { status: 403 })),
  );
  await expect(call(tasks.claim, { params: { key: '1' } })).rejects.toMatchObject({
    code: 'TASK_SAME_PERSON',
    status: 403,
    message: '您是提出人',
    requestId: 'r7',
  });
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
  await expect(call(tasks.claim, { params: { key: '1' } })).rejects.toEqual(new ApiProblem('NETWORK', 0, 'failed'));
});

test('the words of a refusal are in the language of the reader', () => {
  expect(wordsFor('zh-CN', '复位须两人', 'two persons reset')).toBe('复位须两人');
  expect(wordsFor('zh-CN', '密码不符合规则', '少于 16 个字符')).toBe('少于 16 个字符');
  expect(wordsFor('en', 'Two persons', 'two persons reset')).toBe('two persons reset');
  expect(wordsFor('zh-CN', undefined, 'no title')).toBe('no title');
});
