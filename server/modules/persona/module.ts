import { Problem } from '#domain/errors.ts';
import { ROLES, type RoleId } from '#domain/role.ts';
import { defineModule, Reply } from '../../define-module.ts';
import type { Directory, Sessions } from '../../people.ts';
import contract from './contract.ts';

interface PersonaNeeds {
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly personas: readonly { readonly persona: RoleId; readonly user: string }[];
}

/** The demo bar. Start it in demo mode only: nobody else may become a person without a password. */
export default defineModule<typeof contract, PersonaNeeds>({
  name: 'persona',
  contract,
  async start({ personas, directory, sessions, audit }) {
    const items = personas.flatMap(({ persona, user: id }) => {
      const user = directory.user(id);
      const role = ROLES.find((one) => one.id === persona);
      return user && role ? [{ persona, user: id, name: user.name, label: { ...role.label } }] : [];
    });
    return {
      handlers: {
        personas: async () => ({ items }),
        switchPersona: async ({ body, caller, requestId }) => {
          const item = items.find((one) => one.persona === body.persona);
          if (!item || !directory.callerOf(item.user))
            throw new Problem('PERSONA_UNKNOWN', 404, `the demo has no person '${body.persona}'`, { place: { path: 'persona' } });
          if (caller.session === undefined) throw new Problem('SESSION_NEEDED', 409, 'this needs a log-in of a person, not a token');
          await audit.append({
            actor: caller.id,
            actorName: caller.name,
            roles: caller.roles,
            event: 'session',
            object: `user/${item.user}`,
            action: 'become',
            result: 'done',
            session: caller.session,
            requestId,
            ...(caller.ip === undefined ? {} : { ip: caller.ip }),
          });
          return new Reply(item, { headers: { 'set-cookie': await sessions.replace(caller, item.user) } });
        },
      },
    };
  },
});
