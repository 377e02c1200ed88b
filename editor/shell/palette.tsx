import { useNavigate } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import type { JSX, KeyboardEvent } from 'react';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { contract as tags } from '#contract/tags';
import { call } from '../api.ts';
import { useT } from '../i18n.ts';
import { useSession } from '../session.tsx';
import { useAssets } from '../ui/tags.ts';
import { again } from '../ui/again.ts';
import { NAV } from './nav-items.ts';
import { type Entry, type Initials, search } from './search.ts';

const LIMIT = 40;

/** Pinyin of Chinese names is loaded when the palette opens for the first time. */
function useInitials(): Initials | undefined {
  const [initials, setInitials] = useState<Initials>();
  useEffect(() => {
    let alive = true;
    void again(() => import('pinyin-pro'))().then(({ pinyin }) => {
      if (alive)
        setInitials(
          () => (text: string) =>
            pinyin(text, { pattern: 'first', toneType: 'none', type: 'array' })
              .join('')
              .replace(/[^a-z0-9]/gi, '')
              .toLowerCase(),
        );
    });
    return () => {
      alive = false;
    };
  }, []);
  return initials;
}

function useEntries(): readonly Entry[] {
  const { t, lang } = useT();
  const { can } = useSession();
  const { data: assets } = useAssets();
  const initials = useInitials();
  return useMemo(() => {
    const short: Initials = initials ?? (() => '');
    const pages = NAV.filter((item) => item.rights.length === 0 || item.rights.some(can)).map<Entry>((item) => ({
      kind: 'page',
      id: item.to,
      label: t(item.label),
      code: item.to,
      to: item.to,
      keys: [t(item.label).toLowerCase(), item.to, short(t(item.label))],
    }));
    const stations = (assets ?? [])
      .filter((asset) => asset.type === 'station')
      .map<Entry>((asset) => ({
        kind: 'station',
        id: asset.id,
        label: asset.label[lang],
        code: asset.id,
        to: `/m/${asset.id}`,
        keys: [asset.label.zh, asset.label.en.toLowerCase(), asset.id.toLowerCase(), short(asset.label.zh)],
      }));
    return [...pages, ...stations];
  }, [initials, assets, lang, t, can]);
}

/** The dictionary is searched by the server (Chinese, code, pinyin initials), so 60,000 tags cost the browser nothing. */
function useTagHits(query: string): readonly Entry[] {
  const { pick } = useT();
  const { can } = useSession();
  const { data } = useQuery({
    queryKey: ['tags', 'search', query],
    queryFn: ({ signal }) => call(tags.list, { query: { q: query, limit: LIMIT }, signal }),
    enabled: query !== '' && can('live.read'),
    placeholderData: (previous) => previous,
  });
  if (query === '') return [];
  return (data?.items ?? []).map((tag) => ({
    kind: 'tag',
    id: tag.id,
    label: pick(tag.label),
    code: tag.id,
    to: `/tags/${tag.id}`,
    keys: [],
  }));
}

/** Ctrl K: pages, stations and tags by Chinese, code or pinyin initials. */
export function Palette({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { t } = useT();
  const navigate = useNavigate();
  const ref = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const entries = useEntries();
  const deferred = useDeferredValue(query);
  const tagHits = useTagHits(deferred.trim());
  const hits = useMemo(() => [...search(entries, deferred, LIMIT), ...tagHits], [entries, deferred, tagHits]);
  useEffect(() => ref.current?.showModal(), []);
  const go = (hit: Entry | undefined): void => {
    if (!hit) return;
    onClose();
    void navigate({ to: hit.to });
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt((n) => Math.min(hits.length - 1, n + 1));
    else if (event.key === 'ArrowUp') setAt((n) => Math.max(0, n - 1));
    else if (event.key === 'Enter') go(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={ref}
      className="palette"
      aria-label={t('search.open')}
      data-testid="palette"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <input
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        placeholder={t('search.hint')}
        aria-label={t('search.hint')}
        role="combobox"
        aria-expanded="true"
        aria-controls="hits"
        aria-activedescendant={hits.length > 0 ? 'hit-here' : undefined}
        autoFocus
      />
      <ul id="hits" role="listbox" aria-label={t('search.results')}>
        {hits.map((hit, i) => (
          <li
            key={`${hit.kind} ${hit.id}`}
            id={i === at ? 'hit-here' : undefined}
            ref={i === at ? (item) => item?.scrollIntoView({ block: 'nearest' }) : undefined}
            role="option"
            aria-selected={i === at}
            onClick={() => go(hit)}
            onKeyDown={onKey}
          >
            <span className="kind">{t(`search.${hit.kind}`)}</span>
            <span className="grow ellipsis">{hit.label}</span>
            <span className="code">{hit.code}</span>
          </li>
        ))}
      </ul>
      {hits.length === 0 ? <p className="state">{t('search.none')}</p> : null}
    </dialog>
  );
}
