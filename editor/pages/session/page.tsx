import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { contract as messages } from '#contract/messages';
import session from '#contract/session';
import { call } from '../../api.ts';
import { setLanguage, useT } from '../../i18n.ts';
import { useForgetPerson, useSession } from '../../session.tsx';
import { applyTheme, useThemeChoice } from '../../theme.ts';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead, Panel, Segmented } from '../../ui/panel.tsx';
import { PasswordForm } from '../../ui/password-form.tsx';
import { Empty, Load } from '../../ui/states.tsx';
import { sound, useSound } from '../../ui/sound.ts';
import { toast } from '../../ui/toast.tsx';
import { NAV } from '../../shell/nav-items.ts';
import './me.css';

/** One's own page: language, theme, sound test, messages, password, log out; on a phone also the rest of the menu. */
export function MePage(): JSX.Element {
  const { t, pick, lang } = useT();
  const { user, can } = useSession();
  const theme = useThemeChoice();
  const state = useSound();
  const forget = useForgetPerson();
  const logOut = useMutation({ mutationFn: () => call(session.logOut, {}), onSettled: forget });
  const remember = useMutation({ mutationFn: (language: 'zh' | 'en') => call(session.setLanguage, { body: { language } }) });
  return (
    <div className="page">
      <PageHead title={t('nav.me')} />
      <div className="me">
        <Panel title={user.name} sub={user.id}>
          <div className="pad me-form">
            <p className="row wrap">
              {user.roles.map((role) => (
                <span key={role.id} className="chip">
                  {pick(role.label)}
                </span>
              ))}
            </p>
            <div className="field">
              <span className="lbl">{t('me.language')}</span>
              <Segmented
                label={t('me.language')}
                value={lang}
                onChange={(value) => {
                  void setLanguage(value === 'zh' ? 'zh-CN' : 'en');
                  remember.mutate(value);
                }}
                options={[
                  { value: 'zh', label: '中文' },
                  { value: 'en', label: 'English' },
                ]}
              />
            </div>
            <div className="field">
              <span className="lbl">{t('me.theme')}</span>
              <Segmented
                label={t('me.theme')}
                value={theme}
                onChange={applyTheme}
                options={[
                  { value: 'light', label: t('me.light') },
                  { value: 'dark', label: t('me.dark') },
                  { value: 'auto', label: t('me.auto') },
                ]}
              />
            </div>
            <div className="field">
              <span className="lbl">{t('me.sound')}</span>
              <p className="row wrap">
                <span className="chip">{t(`sound.${state}`)}</span>
                <button type="button" className="btn" onClick={() => (state === 'off' ? void sound.arm() : sound.test())}>
                  {t(state === 'off' ? 'sound.take' : 'me.soundTest')}
                </button>
              </p>
            </div>
            <p className="hint num">{t('me.until', { at: formatDateTime(Date.parse(user.idleUntil)) })}</p>
            <button type="button" className="btn" disabled={logOut.isPending} onClick={() => logOut.mutate()} data-testid="log-out">
              {t('me.logOut')}
            </button>
          </div>
        </Panel>
        <Messages />
        <PasswordPanel />
        <Panel title={t('me.more')} className="me-more">
          {NAV.filter((item) => item.phone !== true && (item.rights.length === 0 || item.rights.some(can))).map((item) => (
            <Link key={item.to} to={item.to} className="list-item">
              {t(item.label)}
            </Link>
          ))}
        </Panel>
      </div>
    </div>
  );
}

function Messages(): JSX.Element {
  const { t, pick } = useT();
  const client = useQueryClient();
  const query = useQuery({ queryKey: ['messages'], queryFn: ({ signal }) => call(messages.mine, { query: { limit: 30 }, signal }) });
  const read = useMutation({
    mutationFn: (id: string) => call(messages.read, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['messages'] }),
  });
  return (
    <Panel title={t('me.messages')} sub={query.data && query.data.unread > 0 ? t('me.unread', { n: query.data.unread }) : ''}>
      <Load query={query} lines={3}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title={t('me.noMessages')} />
          ) : (
            data.items.map((message) => (
              <Link
                key={message.id}
                to={message.link ?? '/me'}
                className="list-item"
                onClick={() => read.mutate(message.id)}
                data-testid="message"
              >
                <span className="row">
                  <span className={`grow${message.readAt === undefined ? ' strong' : ''}`}>{pick(message.subject)}</span>
                  <span className="num dim">{formatDateTime(Date.parse(message.at)).slice(5, 16)}</span>
                </span>
              </Link>
            ))
          )
        }
      </Load>
    </Panel>
  );
}

function PasswordPanel(): JSX.Element {
  const { t } = useT();
  return (
    <Panel title={t('me.password')}>
      <PasswordForm className="pad me-form" onChanged={() => toast(t('me.passwordDone'))} />
    </Panel>
  );
}
