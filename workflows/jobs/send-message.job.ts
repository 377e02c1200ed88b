import { Type } from 'typebox';
import { defineJob } from '../define.ts';
import type { JobContext } from '../define.ts';

const input = Type.Object({
  template: Type.String(),
  to: Type.Array(Type.String({ pattern: '^(role|user):.+$' })),
  data: Type.Record(Type.String(), Type.Unknown()),
});

function recipients(to: readonly string[], { people }: JobContext): string[] {
  const ids = to.flatMap((each) => {
    const id = each.slice(each.indexOf(':') + 1);
    return each.startsWith('role:') ? people.withRole(id).map((user) => user.id) : [id];
  });
  return [...new Set(ids)];
}

/** Sends a message of `reports/` to roles and users; a text of the plant stands beside each code in it. */
export const sendMessageJob = defineJob({
  type: 'send-message',
  label: { zh: '发送消息', en: 'Send message' },
  input,
  timeout: '60s',
  async run({ template, to, data }, context) {
    const ids = recipients(to, context);
    const where = typeof data['asset'] === 'string' ? context.plant.assetLabel(data['asset']) : undefined;
    const tag = typeof data['tag'] === 'string' ? context.plant.tag(data['tag']) : undefined;
    await context.messages.send(template, ids, {
      ...data,
      ...(where ? { where } : {}),
      ...(tag ? { tagLabel: tag.label, unit: tag.unit } : {}),
    });
    return { sentTo: ids };
  },
});
