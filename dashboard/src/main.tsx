import { render } from 'preact';

import { App } from './app';
import { applyTheme } from './parts/theme';
import { findSession } from './session';
import './style.css';

applyTheme();
void findSession();
const root = document.getElementById('app');
if (root !== null) {
  render(<App />, root);
}
