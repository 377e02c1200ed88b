import Type from 'typebox';
import { route } from '#domain/contract.ts';

const text = Type.Object({ zh: Type.String(), en: Type.String() });

/** One of the people of the demo bar; the id is that of the role. */
const Persona = Type.Object({ persona: Type.String(), user: Type.String(), name: Type.String(), label: text });

/** These routes exist in demo mode only. */
export default {
  personas: route({
    method: 'GET',
    path: '/api/demo/personas',
    summary: { zh: '演示人物', en: 'The people of the demo' },
    access: 'session',
    response: Type.Object({ items: Type.Array(Persona) }),
    example: {
      response: { items: [{ persona: 'dispatcher', user: 'wang.jianjun', name: '王建军', label: { zh: '调度员', en: 'Dispatcher' } }] },
    },
  }),
  switchPersona: route({
    method: 'POST',
    path: '/api/demo/persona',
    summary: { zh: '切换演示人物', en: 'Become another person of the demo' },
    access: 'session',
    body: Type.Object({ persona: Type.String({ minLength: 1, maxLength: 64 }) }),
    response: Persona,
    errors: ['PERSONA_UNKNOWN', 'SESSION_NEEDED'],
    example: { body: { persona: 'manager' } },
  }),
};
