// Light, dark, or as the system says; kept in the browser.
import type { JSX } from 'preact';

import { Store, useStore } from '../store';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'spillway.theme';
const ORDER: Theme[] = ['system', 'light', 'dark'];
const WORDS: Record<Theme, string> = { system: 'Auto', light: 'Light', dark: 'Dark' };

export const theme = new Store<Theme>(stored());

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return ORDER.find((known) => known === text) ?? 'system';
  } catch {
    return 'system';  // storage is forbidden
  }
}

export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === 'system') {
    delete document.documentElement.dataset['theme'];
  } else {
    document.documentElement.dataset['theme'] = chosen;
  }
}

export function ThemeSwitch(): JSX.Element {
  const chosen = useStore(theme);
  const turn = () => {
    const next = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length] ?? 'system';
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // It then lasts as long as the page.
    }
    theme.set(next);
    applyTheme();
  };
  return (
    <button type="button" class="quiet" onClick={turn}
      aria-label={`Colours: ${WORDS[chosen]}. Change`}>
      {WORDS[chosen]}
    </button>
  );
}
