import { startLiveSection } from './live-section.js';
import { startThemeToggle } from './theme-toggle.js';

startThemeToggle();
const live = document.getElementById('live');
if (live !== null) startLiveSection(live);
