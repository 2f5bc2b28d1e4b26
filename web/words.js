/**
 * Every word that the page itself says, in one place, so that it can be said in another language. A lesson's words are
 * not here: they come with the lesson.
 *
 * Short, exact, kind. No exclamation marks.
 */

/** @param {number} n @param {string} one @param {string} many */
const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

export const words = {
  name: 'nslab',
  skipLesson: 'Skip to the lesson',
  skipTerminal: 'Skip to the terminal',
  theme: { label: 'Colours', system: 'System', light: 'Light', dark: 'Dark' },
  back: 'All labs',
  close: 'Close',
  cancel: 'Cancel',
  retry: 'Try again',

  ns: /** @type {Record<import('./app/state/types.js').NSType, {is: string}>} */ ({
    mnt: { is: 'mounts' },
    uts: { is: 'host name' },
    ipc: { is: 'message queues, shared memory' },
    pid: { is: 'process ids' },
    net: { is: 'network' },
    user: { is: 'user ids, privileges' },
    cgroup: { is: 'cgroup view' },
    time: { is: 'clocks' },
  }),

  strip: {
    /** @param {readonly string[]} own */
    born: (own) => (own.length ? `Own namespaces: ${own.join(', ')}` : 'No namespaces of its own'),
    about: /** @param {readonly string[]} types */ (types) => `About: ${types.join(', ')}`,
  },

  catalogue: {
    title: 'Linux namespaces, by hand',
    lead: 'Each lab gives you a sandbox: a small Linux of your own, with real shells. You type, the kernel answers, and '
      + 'the exercises read the answer from /proc.',
    legend: 'Eight types of namespace, one colour and one place each.',
    allTypes: 'all eight types',
    minutes: /** @param {number} n */ (n) => `${n} min`,
    progress: /** @param {number} done @param {number} all */ (done, all) => `${done} of ${all}`,
    done: 'Done',
    first: 'First:',
    running: 'Running',
    broken: 'This lab has a mistake in its text and cannot be opened.',
    empty: 'There are no labs here yet. A shell is there all the same.',
    loading: 'Reading the catalogue',
    plainTitle: 'Just a shell',
    plainText: 'A sandbox without a lesson. Choose the namespaces that its first shell is born with, or none.',
    plainBack: /** @param {string[]} shells */ (shells) => `Back to the sandbox that is running: ${shells.join(', ')}`,
    plainOpen: 'Open a shell',
    plainFlags: 'Namespaces of the first shell',
    otherTrack: 'More labs',
  },

  lesson: {
    region: 'Lesson',
    steps: 'Steps',
    step: /** @param {number} n @param {number} all */ (n, all) => `Step ${n} of ${all}`,
    previous: 'Previous',
    next: 'Next',
    nextLab: 'Next lab',
    finish: 'All labs',
    loading: 'Reading the lesson',
    progress: /** @param {number} done @param {number} all */ (done, all) => `${done} of ${all} done`,
    complete: 'Everything in this lab is done.',
    mistake: 'The saved change has a mistake; you see the last good version.',
    mistakeAt: /** @param {string} f @param {number} l @param {number} c */ (f, l, c) => `${f}, line ${l}, column ${c}`,
  },

  command: {
    type: 'Type it',
    typeIn: /** @param {string} shell */ (shell) => `Type into ${shell}`,
    copy: 'Copy',
    copied: 'Copied',
    typed: /** @param {string} shell */ (shell) => `Typed into ${shell}.`,
    copyFailed: 'The browser did not let the page copy. Select the text and copy it.',
    noShell: 'There is no shell to type into yet.',
    notConnected: /** @param {string} shell */ (shell) => `The connection to ${shell} is not there yet. Nothing was typed.`,
  },

  check: {
    label: /** @param {number} n */ (n) => `Exercise ${n}`,
    open: 'Not yet',
    met: 'Done',
    lost: 'It held, and no longer does',
    earlier: 'Done before, not in this sandbox',
    saw: 'The kernel says',
    awaited: '…',
    hint: /** @param {number} n @param {number} all */ (n, all) => (all === 1 ? 'Show the hint' : `Show hint ${n} of ${all}`),
    noticed: 'Noticed',
    solution: 'Show a solution',
    typeAll: 'Type it for me',
    saidMet: /** @param {string} saw */ (saw) => `Exercise done. ${saw}`,
    saidLost: /** @param {string} saw */ (saw) => `An exercise no longer holds. ${saw}`,
  },

  question: {
    label: /** @param {number} n */ (n) => `Question ${n}`,
    single: 'Choose one',
    several: 'Choose all that apply',
    text: 'Your answer',
    number: 'A number',
    submit: 'Answer',
    right: 'Correct.',
    wrong: 'Not that.',
    tries: /** @param {number} n */ (n) => (n > 1 ? count(n, 'try', 'tries') : ''),
    earlier: 'Answered before.',
    needsSandbox: 'Answers are judged against your sandbox, and none is running.',
  },

  terminal: {
    region: 'Terminals',
    tabs: 'Shells',
    of: /** @param {string} title */ (title) => `Terminal of shell ${title}`,
    none: 'No shell is open. The plus above opens one.',
    newShell: 'New shell',
    newTitle: 'A new shell, born with',
    open: 'Open',
    split: 'All at once',
    larger: 'Larger text',
    smaller: 'Smaller text',
    reader: 'Screen reader mode',
    search: 'Search',
    searchLabel: 'Search in the terminal',
    searchNext: 'Next match',
    searchPrevious: 'Previous match',
    matches: /** @param {number} i @param {number} n */ (i, n) => (n ? `${i} of ${n}` : 'none'),
    exit: /** @param {import('./app/state/types.js').Exit} e */ (e) =>
      e.signal ? `This shell was ended by ${e.signal}.` : `This shell has ended with status ${e.code}.`,
    again: 'Start again',
    hide: 'Close',
    lost: 'The connection to this shell is lost. The shell goes on; what you type now is not sent.',
    clipboard: 'A program in the terminal wants to put text on your clipboard.',
    clipboardAllow: 'Allow from now on',
    clipboardRefuse: 'No',
    menu: 'Terminal menu',
  },

  places: {
    label: /** @param {string} shell */ (shell) => `Where ${shell} is now`,
    lab: 'lab',
    unknown: '·',
    caption: /** @param {string} shell */ (shell) => `${shell} is in`,
    own: /** @param {string} type @param {string} letter */ (type, letter) => `${type} namespace ${letter}, not the lab’s`,
    host: /** @param {string} type */ (type) => `the lab’s ${type} namespace`,
  },

  clock: {
    label: 'Time left',
    extend: 'Extend',
    soon: /** @param {string} t */ (t) => `This sandbox ends in ${t}.`,
    soonLast: /** @param {string} t */ (t) => `This sandbox ends in ${t} and cannot be extended further.`,
  },

  sandbox: {
    menu: 'Sandbox',
    reset: 'Reset the sandbox',
    end: 'End the sandbox',
    resetAsk: 'Reset the sandbox?',
    resetWhy: 'Everything in it goes: files, processes, namespaces. A fresh one for the same lab takes its place. What you '
      + 'have passed stays passed.',
    endAsk: 'End the sandbox?',
    endWhy: 'Everything in it goes. What you have passed stays passed.',
  },

  starting: { title: 'Starting your sandbox', text: 'This takes about as long as starting a shell.' },
  queued: {
    title: 'All sandboxes are taken',
    text: 'You can read the lesson meanwhile.',
    next: /** @param {number} s */ (s) => (s > 0 ? `Trying again in ${s} s` : 'Trying again'),
    now: 'Try now',
  },
  failed: { title: 'The sandbox could not be started' },

  ended: {
    title: /** @param {string} reason */ (reason) => ({
      deleted: 'The sandbox was ended',
      idle: 'The sandbox ended because nobody used it',
      lifetime: 'The sandbox’s time is over',
      killed: 'The sandbox was killed',
      server: 'The server was stopped',
      failed: 'The sandbox failed',
      gone: 'That sandbox is gone',
    }[reason] ?? 'The sandbox has ended'),
    gone: 'It ended, or it belongs to somebody else. The server may have been started anew.',
    again: 'Start a fresh sandbox',
    stays: 'What you have passed stays passed.',
  },

  events: {
    lost: 'The connection to the server is lost.',
    kept: 'Your sandbox goes on; what you type now is not sent. The page picks it up again by itself.',
    next: /** @param {number} s */ (s) => (s > 0 ? `Trying again in ${s} s.` : 'Trying again.'),
    now: 'Try now',
    back: 'The connection is back.',
  },

  problem: {
    unreachable: 'The server cannot be reached. Is nslab still running?',
    unauthorised: 'This page needs its key',
    unauthorisedText: 'nslab prints one address when it starts, with a token in it. Open that address: it is in the terminal '
      + 'where nslab was started, and looks like this:',
    unauthorisedSample: 'http://127.0.0.1:8080/?token=…',
    unauthorisedWhy: 'The token lets this browser in; afterwards a cookie does.',
    noLab: 'There is no such lab',
    broken: 'This lab cannot be opened',
    failed: 'Something went wrong',
    catalogue: 'The catalogue could not be read',
    missing: 'There is no such page',
  },

  notice: { region: 'Notices', dismiss: 'Dismiss' },
  pane: { lesson: 'Lesson', terminal: 'Terminal', switch: 'Show' },
  divider: 'Width of the lesson',

  keys: {
    title: 'Keys',
    open: 'Keys',
    groups: [
      {
        title: 'Everywhere',
        rows: [
          ['F6', 'to the next region: bar, lesson, terminal'],
          ['Shift F6', 'to the region before'],
          ['?', 'this sheet (outside the terminal and of fields)'],
          ['Esc', 'closes what is open'],
        ],
      },
      {
        title: 'Lesson',
        rows: [
          ['N', 'next step'],
          ['P', 'previous step'],
          ['Ctrl Shift ↓', 'into the terminal, from an answer too'],
        ],
      },
      {
        title: 'Terminal',
        rows: [
          ['Ctrl Shift ↑', 'out of the terminal, to the lesson'],
          ['Ctrl Shift ← →', 'to the shell before, after'],
          ['Ctrl C', 'copies when text is selected, else interrupts'],
          ['Ctrl V', 'pastes (⌘ V on a Mac)'],
          ['Ctrl Alt V', 'sends ^V: the shell takes the next key as it is'],
          ['Ctrl Shift C, V', 'copy, paste'],
          ['Ctrl Shift F', 'search'],
        ],
      },
      {
        title: 'Divider',
        rows: [
          ['← →', 'move it'],
          ['Home, End', 'as far as it goes'],
          ['Enter', 'back to the middle'],
        ],
      },
    ],
  },
};
