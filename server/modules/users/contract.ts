import Type from 'typebox';
import { route } from '#domain/contract.ts';

const text = Type.Object({ zh: Type.String(), en: Type.String() });
const userId = Type.String({ pattern: '^[a-z][a-z0-9._-]{1,39}$', description: 'never reused' });
const params = Type.Object({ id: userId });
const roles = Type.Array(Type.String(), { maxItems: 10 });

export const User = Type.Object({
  id: Type.String(),
  name: Type.String(),
  roles,
  disabled: Type.Boolean(),
  locked: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  created: Type.String({ format: 'date-time' }),
  lastLogIn: Type.Optional(Type.String({ format: 'date-time' })),
  /** Version for `If-Match`. */
  ver: Type.Integer(),
});

/** A role change waits until the security administrator decides; `applied` at once only while there is none. */
export const RoleChange = Type.Object({
  id: Type.String(),
  user: Type.String(),
  before: roles,
  after: roles,
  reason: Type.String(),
  state: Type.Union([Type.Literal('waiting'), Type.Literal('applied'), Type.Literal('rejected')]),
  proposedBy: Type.String(),
  proposedAt: Type.String({ format: 'date-time' }),
  decidedBy: Type.Optional(Type.String()),
  decidedAt: Type.Optional(Type.String({ format: 'date-time' })),
});

const oneTimePassword = Type.String({ description: 'shown once; has to be changed at the first log-in' });
const exampleUser = {
  id: 'li.na',
  name: '李娜',
  roles: [],
  disabled: false,
  locked: false,
  mustChangePassword: true,
  created: '2026-01-12T08:00:00.000Z',
  ver: 1,
};
const exampleChange = {
  id: '01J',
  user: 'li.na',
  before: [],
  after: ['dispatcher'],
  reason: '三班调度',
  state: 'waiting',
  proposedBy: 'admin',
  proposedAt: '2026-01-12T08:00:00.000Z',
};
const decide = { access: 'policy.manage', params: Type.Object({ id: Type.String() }), response: RoleChange } as const;

export default {
  list: route({
    method: 'GET',
    path: '/api/users',
    summary: { zh: '用户列表', en: 'Users' },
    access: ['user.manage', 'policy.manage'],
    response: Type.Object({ items: Type.Array(User) }),
    example: { response: { items: [exampleUser] } },
  }),
  roles: route({
    method: 'GET',
    path: '/api/roles',
    summary: { zh: '角色与权限', en: 'Roles and their rights' },
    access: 'session',
    response: Type.Object({ items: Type.Array(Type.Object({ id: Type.String(), label: text, rights: Type.Array(Type.String()) })) }),
    example: { response: { items: [{ id: 'manager', label: { zh: '主管', en: 'Manager' }, rights: ['live.read'] }] } },
  }),
  get: route({
    method: 'GET',
    path: '/api/users/:id',
    summary: { zh: '用户', en: 'A user' },
    access: ['user.manage', 'policy.manage'],
    params,
    response: User,
    errors: ['USER_UNKNOWN'],
    example: { response: exampleUser },
  }),
  create: route({
    method: 'POST',
    path: '/api/users',
    summary: { zh: '新建用户; 角色由安全管理员批准', en: 'Create a user; the security administrator approves the roles' },
    access: 'user.manage',
    body: Type.Object({ id: userId, name: Type.String({ minLength: 1, maxLength: 60 }), roles: Type.Optional(roles) }),
    response: Type.Object({ user: User, oneTimePassword, roleChange: Type.Optional(RoleChange) }),
    status: 201,
    errors: ['USER_EXISTS', 'ROLE_UNKNOWN', 'ROLES_EXCLUDE'],
    example: {
      body: { id: 'li.na', name: '李娜', roles: ['dispatcher'] },
      response: { user: exampleUser, oneTimePassword: 'k7Qw-…', roleChange: exampleChange },
    },
  }),
  change: route({
    method: 'PATCH',
    path: '/api/users/:id',
    summary: { zh: '修改姓名, 停用或启用', en: 'Change the name, disable or enable' },
    access: 'user.manage',
    params,
    body: Type.Object({ name: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })), disabled: Type.Optional(Type.Boolean()) }),
    response: User,
    errors: ['USER_UNKNOWN', 'USER_LAST_ADMIN', 'IF_MATCH_MISSING', 'IF_MATCH_STALE'],
    example: { body: { disabled: true }, response: { ...exampleUser, disabled: true, ver: 2 } },
  }),
  resetPassword: route({
    method: 'POST',
    path: '/api/users/:id/password',
    summary: { zh: '重置为一次性密码', en: 'Reset to a one-time password' },
    access: 'user.manage',
    params,
    response: Type.Object({ oneTimePassword }),
    errors: ['USER_UNKNOWN', 'ROLES_EXCLUDE'],
  }),
  unlock: route({
    method: 'POST',
    path: '/api/users/:id/unlock',
    summary: { zh: '解除登录锁定', en: 'End the lock-out' },
    access: 'user.manage',
    params,
    response: User,
    errors: ['USER_UNKNOWN'],
  }),
  proposeRoles: route({
    method: 'POST',
    path: '/api/users/:id/roles',
    summary: { zh: '提出角色变更', en: 'Propose a change of roles' },
    access: 'user.manage',
    params,
    body: Type.Object({ roles, reason: Type.String({ minLength: 1, maxLength: 500 }) }),
    response: RoleChange,
    status: 201,
    errors: ['USER_UNKNOWN', 'ROLE_UNKNOWN', 'ROLES_EXCLUDE', 'USER_LAST_ADMIN'],
    example: { body: { roles: ['dispatcher'], reason: '三班调度' }, response: exampleChange },
  }),
  roleChanges: route({
    method: 'GET',
    path: '/api/role-changes',
    summary: { zh: '角色变更', en: 'Changes of roles' },
    access: ['user.manage', 'policy.manage'],
    query: Type.Object({ state: Type.Optional(RoleChange.properties.state) }),
    response: Type.Object({ items: Type.Array(RoleChange) }),
    example: { response: { items: [exampleChange] } },
  }),
  approveRoles: route({
    method: 'POST',
    path: '/api/role-changes/:id/approve',
    summary: { zh: '批准角色变更', en: 'Approve a change of roles' },
    ...decide,
    errors: ['ROLE_CHANGE_UNKNOWN', 'ROLE_CHANGE_DECIDED', 'SECOND_PERSON', 'ROLES_EXCLUDE'],
  }),
  rejectRoles: route({
    method: 'POST',
    path: '/api/role-changes/:id/reject',
    summary: { zh: '驳回角色变更', en: 'Reject a change of roles' },
    ...decide,
    errors: ['ROLE_CHANGE_UNKNOWN', 'ROLE_CHANGE_DECIDED'],
  }),
};
